"""Words that name the same thing in an owner's list of options, where the owner wrote only one of them. English."""

from surereply.understanding.tables.shape import Phrases, listed

# No word stands in two groups: a list that offers both would be read wrong.
ALIKE: tuple[Phrases, ...] = (
    # prices and sizes
    listed("inexpensive | cheap | low priced | low cost | low price | budget | on a budget | bargain | cheaply"),
    listed(
        """moderate | average priced | mid range | midrange | mid priced | reasonably priced | moderately priced |
        reasonable | affordable | economical | medium priced | moderate price"""
    ),
    listed("expensive | pricey | high end | upscale | fancy | luxury | luxurious | costly | high priced | posh"),
    listed("small | little | compact | mini"),
    listed(
        "standard | regular | normal | midsize | mid size | mid sized | medium sized | medium | intermediate | ordinary"
    ),
    listed("large | big | full size | full sized | fullsize | spacious"),
    listed("basic | simple | plain"),
    listed("premium | deluxe | superior"),
    # what one goes to
    listed("music | concert | concerts | gig | gigs | live band"),
    listed("sports | sport | game | games | match | matches | sporting"),
    listed("theatre | theater | play | plays"),
    listed("place of worship | church | mosque | temple | cathedral | synagogue"),
    listed("theme park | amusement park"),
    listed("historical landmark | landmark | monument | historic site | historical site"),
    listed("shopping area | mall | shopping mall | shops | shopping centre"),
    listed("performing arts venue | performing arts | opera house"),
    listed("nature preserve | nature reserve | nature park"),
    listed("tourist attraction | attraction | sightseeing"),
    listed("sports venue | stadium | arena"),
    # who one sees
    listed("gynecologist | gynaecologist | obgyn | ob gyn | women's doctor"),
    listed("ent specialist | ear nose and throat | ear nose throat | ent doctor | ent"),
    listed("ophthalmologist | eye doctor | eye specialist"),
    listed("general practitioner | gp | family doctor | general doctor | physician"),
    listed("dermatologist | skin doctor | skin specialist"),
    listed("pediatrician | paediatrician | children's doctor | kids doctor"),
    listed("cardiologist | heart doctor | heart specialist"),
    listed("psychologist | psychotherapist | counsellor | counselor"),
    listed("physiotherapist | physio | physical therapist"),
    # homes and how one pays, travels and learns
    listed("flat | apartment | apt | condo"),
    listed("house | villa | bungalow | townhouse"),
    listed("cash | in cash | paper money"),
    listed("card | credit card | debit card | by card"),
    listed("bank transfer | wire transfer | wire"),
    listed("economy | coach class | economy class"),
    listed("automatic | auto"),
    listed("electric | ev"),
    listed("beginner | novice | starter"),
    listed("advanced | expert"),
    listed("vegetarian | veggie"),
    listed("vegan | plant based"),
    listed("male | man | men | gents"),
    listed("female | woman | women | ladies"),
    listed("new | brand new"),
    listed("used | second hand | pre owned"),
    listed("weekly | every week"),
    listed("monthly | every month"),
    listed("daily | every day"),
)
