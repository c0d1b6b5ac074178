"""What kinds of food, music, sport and film are called: for fields that ask for one and list none."""

from surereply.understanding.tables.shape import listed, spaced

# topic → words of a field's name or description that ask for one
TOPICS: dict[str, frozenset[str]] = {
    "food": frozenset(spaced("cuisine cuisines food foods dish dishes meal cocina cozinha comida")),
    "music": frozenset(spaced("music musical song songs concert concerts band musica musique")),
    "sport": frozenset(spaced("sport sports game games match matches deporte esporte")),
    "film": frozenset(spaced("movie movies film films tv show shows pelicula filme")),
}

KINDS: dict[str, tuple[str, ...]] = {
    "food": listed(
        """american | asian | asian fusion | fusion | bakery | barbecue | barbeque | bbq | bistro | breakfast |
        brunch | buffet | burger | burgers | burrito | cajun | californian | cantonese | caribbean | coffee |
        continental | crab | creole | curry | deli | dessert | dim sum | diner | dumplings | falafel | fast food
        | fish | fish and chips | fried chicken | gastropub | gluten free | grill | gujarati | halal | hawaiian
        | healthy | hot pot | hunan | ice cream | international | izakaya | juice | kebab | kebabs | korean
        barbecue | kosher | latin american | lebanese | lobster | mediterranean | mexican | middle eastern |
        mughlai | noodle | noodles | north indian | oriental | organic | oysters | paleo | pasta | pho | pizza |
        pizzas | poke | pub food | punjabi | ramen | salad | salads | sandwich | sandwiches | scandinavian |
        seafood | shawarma | shrimp | sichuan | small plates | soul food | soup | soups | south indian |
        southern | spanish | steak | steaks | steakhouse | street food | sushi | szechuan | szechwan | taco |
        tacos | take out | takeaway | takeout | tandoori | tapas | tex mex | tex-mex | vegan | vegetarian |
        wings"""
    ),
    "music": listed(
        """acoustic | afrobeat | alternative | bhangra | bluegrass | blues | choral | classic rock | classical |
        country | dance | disco | drum and bass | dubstep | edm | electronic | electronica | electro | folk |
        funk | fusion | gospel | grunge | hard rock | heavy metal | hip hop | hip-hop | house | indie | indie
        rock | jazz | k-pop | latin | metal | new age | opera | pop | pop rock | psychedelic | punk | punk rock
        | r&b | r and b | rap | reggae | reggaeton | rock | rock and roll | salsa | ska | soul | swing |
        symphony | techno | trance | world"""
    ),
    "sport": listed(
        """american football | archery | athletics | badminton | baseball | basketball | billiards | bowling |
        boxing | cricket | curling | cycling | darts | equestrian | fencing | field hockey | football | formula
        1 | golf | gymnastics | handball | hockey | horse racing | ice hockey | ice skating | judo | karate |
        lacrosse | martial arts | mma | motor racing | netball | polo | rowing | rugby | sailing | skating |
        skiing | snooker | soccer | softball | squash | surfing | swimming | table tennis | tennis | track and
        field | volleyball | water polo | wrestling"""
    ),
    "film": listed(
        """action | adventure | animated | animation | anime | biographical | biography | bollywood | comedy |
        comedies | comic | crime | documentary | documentaries | drama | dramas | epic | family | fantasy | film
        noir | historical | horror | kids | martial arts | musical | mystery | offbeat | psychological | romance
        | romantic | romantic comedy | rom com | sci fi | sci-fi | science fiction | supernatural | suspense |
        superhero | thriller | thrillers | war | western"""
    ),
}

# Words of everyday language as well: a kind only beside what has kinds, or behind a liking.
EVERYDAY = frozenset(
    spaced(
        """action adventure alternative american breakfast buffet coffee comic country crime dance drama epic
        family fish football fusion game grill healthy historical house international juice kids latin metal new
        pop rock salad soul southern swing war western wings world acoustic classical organic mystery biography
        bistro diner deli pub cycling sailing swimming surfing polo squash golf bowling punk folk rap funk
        grunge trance brunch dessert"""
    )
)

HAS_KINDS = frozenset(
    spaced(
        """music song songs concert concerts event events show shows festival festivals gig gigs band bands artist
        artists game games match matches sport sports tournament team film films movie movies flick food foods
        cuisine cuisines restaurant restaurants place places dish dishes joint style type kind genre themed
        related one ones stuff"""
    )
)
LIKINGS = frozenset(
    spaced(
        """like likes love loves enjoy enjoys prefer preferably especially specifically favorite favourite
        favorites craving for some eat eating serves serve serving specializing specialising interested into fan
        of"""
    )
)
