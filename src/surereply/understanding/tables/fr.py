"""French: France, the Maghreb and West Africa, as chats have it; accents are folded away."""

from surereply.understanding.tables.shape import LanguageTable, listed, numbered, paired, spaced

FR = LanguageTable(
    function_words=spaced(
        """le la les l un une des de du d au aux à a en dans avec par pour que qui et ou est es sont ce cet cette
        ces c ça mon ma mes ton ta tes son sa ses votre vos notre je j tu il elle on nous vous ils me m te se s y
        ne n pas non oui quand où comment quel quelle combien mais plus très deja ai avez avons voudrais veux
        cherche souhaite suis bonjour merci svp bonsoir salut"""
    ),
    common_words=spaced(
        """quelque chose quelqu'un aucun aucune autre autres ici la maintenant avant apres puis aussi encore bien
        mal mieux pire bon bonne ok d'accord jour jours soir nuit matin heure heures semaine mois an annee demain
        hier toujours jamais rien tout tous toute chaque meme seul seulement juste presque fait faire aller vais
        allons vont peux peut pouvez pourrais aimerais aimerait veulent avoir etre serait sera serons savoir sais
        donner donne dire dis voir vois appeler appelle rdv rendez-vous prix cout coute personne personnes gens
        monsieur madame nom prenom mail email telephone numero portable whatsapp adresse ville pays date
        information info aide service reserver reservation prendre acheter vendre louer rendre rends prends
        arrive pars travail grand petit petite cher moins lieu pres loin dehors depuis jusqu'à entre vers environ
        plutot minimum maximum max pardon desole trompe verite fait peut-etre parce donc ainsi combien enfant
        enfants fils fille femme mari famille voiture boulot preference possible besoin j'ai c'est n'est qu'on
        voudrait qqch bcp svp stp coté ramene atterris"""
    ),
    everyday_words=listed("""autre | nouveau | aujourd'hui | demain | ici | tout | juste | mois | semaine | bon |"""),
    asking_words=listed(
        """que | quoi | comment | quand | où | ou est | quel | quelle | quels | combien | c'est combien | c
        combien | pourquoi | qui | à quelle heure | est-ce que | est ce que | qu'est-ce | je voudrais savoir |
        j'aimerais savoir | vous etes où | vous etes ou"""
    ),
    asking_verbs=listed(
        """est-ce | avez-vous | vous avez | vous faites | vous prenez | vous acceptez | vous êtes | vous etes | y
        a-t-il | il y a | c'est | peut-on | on peut | les | acceptez-vous | faites-vous"""
    ),
    request_openers=listed(
        """pouvez-vous | pourriez-vous | vous pouvez | vous pourriez | est-ce que je peux | je peux | puis-je |
        est-il possible | c'est possible de | serait-il possible"""
    ),
    yes=listed(
        """oui | ouais | ouai | oui oui | oui bien sûr | bien sûr | bien sur | tout à fait | exact | exactement |
        c'est ça | c'est bien ça | oui c'est bien ça | correct | d'accord | dac | ok | okay | ça marche | ca
        marche | parfait | entendu | volontiers | évidemment | absolument | si | yep | wi | nickel | 👍"""
    ),
    no=listed(
        """non | nn | nan | non merci | pas du tout | pas encore | jamais | rien | aucun | aucune | rien d'autre
        | c'est pas ça | incorrect | surtout pas | j'en ai pas | je n'en ai pas"""
    ),
    accepts=listed(
        """oui | parfait | d'accord | ça marche | ok | ça me va | ca me va | ça me convient | super | génial |
        très bien | entendu | je prends | celui-là | celle-là | nickel | impeccable | volontiers"""
    ),
    declines=listed(
        """non | autre | un autre | une autre | autre chose | pas ça | ça ne me va pas | plutôt un autre"""
    ),
    dont_know=listed(
        """je sais pas | je ne sais pas | j'sais pas | jsp | chais pas | aucune idée | pas sûr | pas sur | je ne
        suis pas sûr | je me souviens plus | je ne me souviens pas | pas encore décidé | je sais pas encore"""
    ),
    later=listed(
        """plus tard | après | je vous redis | je vous redis plus tard | je vous dirai | je vous tiens au courant
        | pas maintenant | une autre fois | je vous rappelle | je te dis plus tard | je vous confirme"""
    ),
    refuses=listed(
        """je préfère pas | je prefere ne pas | je préfère ne pas | je préfère pas le dire | je ne veux pas dire |
        je veux pas dire | c'est privé | c'est personnel | confidentiel | ça ne vous regarde pas | je ne veux
        pas donner | je veux pas donner | veux pas le dire"""
    ),
    thanks=listed(
        """merci | merci beaucoup | merci bcp | mercii | un grand merci | je vous remercie | thx | 🙏 | mrc | mci"""
    ),
    greetings=listed(
        """bonjour | bjr | bonsoir | bsr | salut | slt | coucou | cc | salam | hello | bonjour à vous | re | ça va
        | comment ça va | salut ça va"""
    ),
    goodbyes=listed(
        """au revoir | à bientôt | bonne journée | bonne soirée | bye | ciao | à plus | c'est tout | ce sera tout
        | bonne nuit"""
    ),
    angry=listed(
        """honte | une honte | c'est une honte | arnaque | arnaqueurs | voleurs | escrocs | nul | service nul |
        inadmissible | inacceptable | scandaleux | scandale | j'en ai marre | ras le bol | personne ne répond |
        personne répond | merde | putain | incompétents | foutage de gueule | je veux me plaindre | 😡 | 🤬"""
    ),
    legal=listed(
        """mon avocat | mon avocate | notre avocat | mes avocats | saisir un avocat | prendre un avocat | porter
        plainte | porte plainte | déposer plainte | dépose plainte | plainte contre | au tribunal | devant le
        tribunal | saisir le tribunal | en justice | devant la justice | à la police porter | appeler la police
        | j'appelle la police | aller à la police | vais à la police | poursuites | vous poursuivre | dgccrf |
        action en justice | mise en demeure"""
    ),
    discount=listed(
        """réduction | reduction | remise | moins cher | promo | promotion | rabais | meilleur prix | dernier
        prix | trop cher | un geste | geste commercial | code promo | négocier"""
    ),
    corrects=listed(
        """je me suis trompé | je me suis trompée | je voulais dire | je veux dire | pardon | désolé | desolee |
        en fait | plutôt | plutot | c'est pas | ce n'est pas | erreur | correction | changer | changez | a changé
        | j'ai changé d'avis | au lieu de | non c'est"""
    ),
    stop=listed("""stop | arrêt | arrêter | arrêtez | désabonner | ne m'écrivez plus | plus de messages"""),
    start=listed("commencer | reprendre | recommencer | s'abonner"),
    person_alone=listed(
        """conseiller | humain | une personne | un conseiller | agent | opérateur | service client | quelqu'un | un
        humain | une vraie personne"""
    ),
    person_verbs=listed(
        """parler à | parler a | parler avec | discuter avec | passez moi | passez-moi | passer | mettez moi en
        contact avec | contacter | joindre"""
    ),
    person_wishes=listed("je veux | je voudrais | j'aimerais | donnez moi"),
    person_phrases=listed(
        """me rappeler | rappelez moi | rappelez-moi | appelez moi | appelez-moi | vous pouvez m'appeler |
        quelqu'un peut m'appeler | une vraie personne | pas un robot | me faire rappeler"""
    ),
    person_nouns=listed(
        """personne | quelqu'un | conseiller | conseillère | agent | humain | responsable | gérant | patron |
        vendeur | opérateur | docteur | vraie personne | manager"""
    ),
    person_nouns_strict=listed(
        """conseiller | conseillère | humain | vraie personne | opérateur | agent humain | responsable"""
    ),
    fillers=listed("un | une | avec | le | la | à | de | du | votre | vrai | vraie"),
    polite=listed(
        """svp | s'il vous plait | s'il vous plaît | stp | merci | bonjour | bonsoir | ok | bon | alors | donc |
        euh | c'est | voilà | mdr | lol | monsieur | madame"""
    ),
    negations=listed("""pas | non | sans | jamais | ni | sauf | au lieu de | aucun | n'est pas | pas de"""),
    alternatives=listed("ou | ou bien | soit"),
    opposites={"meublé": "non meublé | vide | sans meubles"},
    conjunctions=listed("""et | ou | mais | avec | mon | ma | que | pour | car | en | à | de | du | né | née"""),
    numbers=numbered(
        """0: zéro, zero | 1: un, une | 2: deux, couple | 3: trois | 4: quatre | 5: cinq | 6: six | 7: sept | 8:
        huit | 9: neuf | 10: dix, dizaine | 11: onze | 12: douze, douzaine | 13: treize | 14: quatorze | 15:
        quinze, quinzaine | 16: seize | 17: dix-sept | 18: dix-huit | 19: dix-neuf | 20: vingt, vingtaine | 30:
        trente, trentaine | 40: quarante, quarantaine | 50: cinquante, cinquantaine | 60: soixante, soixantaine |
        70: soixante-dix, septante | 80: quatre-vingt, quatre-vingts, quatre vingt | 90: quatre-vingt-dix,
        nonante | 100: centaine"""
    ),
    multipliers=numbered("100: cent, cents | 1000: mille, k | 1000000: million, millions"),
    ordinals=numbered(
        """1: premier, première, 1er | 2: deuxième, second | 3: troisième | 4: quatrième | 5: cinquième | -1:
        dernier, dernière"""
    ),
    people_nouns=listed(
        """personnes | personne | adultes | adulte | enfants | enfant | voyageurs | passagers | patients |
        invités | amis"""
    ),
    months=numbered(
        """1: janvier, janv | 2: février, fevrier, fév | 3: mars | 4: avril, avr | 5: mai | 6: juin | 7: juillet,
        juil | 8: août, aout | 9: septembre, sept | 10: octobre, oct | 11: novembre, nov | 12: décembre,
        decembre, déc"""
    ),
    weekdays=numbered("""0: lundi | 1: mardi | 2: mercredi | 3: jeudi | 4: vendredi | 5: samedi | 6: dimanche"""),
    relative_days=numbered(
        """0: aujourd'hui, aujourdhui, ajd, auj, ce soir, ce matin, cet après-midi, cet aprem | 1: demain, dmain,
        2main | 2: après-demain, apres demain | -1: hier | -2: avant-hier"""
    ),
    next_words=listed("prochain | prochaine"),
    next_behind=listed("prochain | prochaine | qui vient"),
    fortnight_behind=listed("en huit | en 8"),
    this_words=listed("ce | cet | cette"),
    near_next=True,
    in_words=listed("dans | d'ici"),
    units=paired(
        """day: jour, jours, nuit, nuits | week: semaine, semaines | month: mois | year: an, ans, année, années |
        hour: heure, heures, h | minute: minute, minutes, min"""
    ),
    dual_units=paired("day: week-end, weekend, we"),
    one_words=listed("un | une"),
    day_markers=listed("le"),
    month_parts={"début": 1, "debut": 1, "au début de": 1, "mi": 15, "fin": 25},
    ordinal_marks=listed("er | e"),
    of_words=listed("de | du | d | jours"),
    range_words=listed("au | à | jusqu'au"),
    between_words=listed("entre | du | de"),
    clock_before=listed("à | vers | pour | dès | après | avant | autour de"),
    clock_words=listed("pile"),
    hour_marks=listed("h | heures | heure | hrs"),
    clock_from_cues=(),
    am_words=listed("du matin | du mat | am | le matin"),
    pm_words=listed("du soir | de l'après-midi | pm | le soir | de l'aprem"),
    periods={
        "le matin": ("08:00", "12:00"),
        "dans la matinée": ("08:00", "12:00"),
        "en matinée": ("08:00", "12:00"),
        "l'après-midi": ("12:00", "17:00"),
        "après-midi": ("12:00", "17:00"),
        "l'aprem": ("12:00", "17:00"),
        "en soirée": ("17:00", "21:00"),
        "le soir": ("17:00", "21:00"),
    },
    named_times={"midi": "12:00", "midi et demi": "12:30", "midi et demie": "12:30", "minuit": "00:00"},
    half_words=listed("et demie | et demi"),
    quarter_words=listed("et quart"),
    to_words=listed("moins le quart | moins quart"),
    name_cues=listed(
        """je m'appelle | je mappelle | mon nom est | mon nom c'est | au nom de | nom complet | moi c'est |
        appelez-moi"""
    ),
    weak_name_cues=listed("c'est | je suis | ici"),
    place_cues=listed(
        """à | a | en | au | aux | de | du | vers | près de | pres de | dans | sur | pour | quartier de | dans le
        quartier de | ville de | chez"""
    ),
    place_heads=listed("aéroport | gare | centre"),
    nationality_words=listed("nationalité | passeport"),
    start_words=listed(
        """de | du | depuis | à partir de | à partir du | départ | prends | prendre | prise | début | origine"""
    ),
    end_words=listed(
        """à | au | jusqu'au | jusqu'à | rends | rendre | ramène | retour | arrivée | destination | fin"""
    ),
    stay_start_words=listed("du | de | arrivée | arrive"),
    stay_end_words=listed("au | jusqu'au | départ | pars"),
    alone=listed("juste moi | moi seul | moi seule | seulement moi | que moi | tout seul"),
    people_before=listed("on est | on sera | nous sommes | pour | table pour | nous serons"),
    pairs=listed(
        """ma femme et moi | mon mari et moi | ma copine et moi | mon copain et moi | moi et ma femme | moi et
        mon mari | mon fils et moi | ma fille et moi"""
    ),
    currencies=paired(
        """EUR: euro, euros, eur, €, balles | USD: dollar, dollars, $, usd | MAD: dh, dhs, dirham, dirhams, mad |
        XOF: cfa, fcfa, xof | TND: dt, tnd | DZD: da, dzd, dinars | CHF: chf"""
    ),
    any_words=listed(
        """n'importe | n'importe quand | n'importe lequel | peu importe | ça m'est égal | comme vous voulez | peu
        m'importe | tout me va | pas de préférence | sans préférence | n'importe quel jour"""
    ),
    decimal_comma=True,
)
