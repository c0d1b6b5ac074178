"""Hindi in Latin letters, as most of India chats: no spelling is the right one, so each word has several."""

from surereply.understanding.tables.shape import LanguageTable, listed, numbered, paired, spaced

HI_LATN = LanguageTable(
    function_words=spaced(
        """ka ki ke ko is iss do se me mein mai main pe par aur ya hai hain hu hun hoon h tha thi the ye yeh wo
        woh mujhe mera meri mere hum hamara aap aapka tum kya kab kaha kahan kaise kitna kitne kitni kaun konsa
        kyu kyun nahi nhi na ji haan han toh to bhi hi tak ki lekin ek chahiye karna karni"""
    ),
    common_words=spaced(
        """kuch koi yaha waha abhi pehle baad phir fir accha acha theek thik baat din raat subah shaam sham samay
        ghante hafte mahine saal aaj kal parso sab har dusra wahi sirf bas karo kar kijiye dijiye dena lena lenge
        chodenge jana aana aa sakta sakti sakte raha rahi rahe ho hoga hua gaya gayi karwani karwana karani
        dikhana batana batata batao bataiye pata naam number no email phone mobile log aadmi gaadi gadi ghar liye
        lie wali wala sasti jaldi paas aas aaspaas beech kam zyada tarikh jagah bol bolraha maaf matlab asal
        galat sahi chalega insaan manager service bahut bohot thoda milega namaste shukriya dhanyavad apna baccha
        bade patni pati yaar bhai hmm zarur zaroor office license licence budget lagega rate agreement janam"""
    ),
    everyday_words=listed("dusra | naya | aaj | kal | yaha | sab | ghar | mahina | hafta"),
    asking_words=listed("""kya | kab | kaha | kahan | kaise | kitna | kitne | kitni | kaun | kyu | kyun | naam kyu"""),
    asking_anywhere=listed("kitna | kitni | kitne | kaha | kahan | kyu | kyun | kya"),
    request_openers=listed("kya main | kya aap | kya hum"),
    yes=listed(
        """haan | han | ha | haa | haanji | haan ji | ji | ji haan | ji han | hanji | bilkul | sahi | sahi hai |
        theek hai | thik hai | thik h | theek h | thik | theek | ok | chalega | zarur | haan sahi hai | pakka |
        hn"""
    ),
    no=listed(
        """nahi | nhi | nai | nahin | na | naa | ji nahi | bilkul nahi | nahi hai | kuch nahi | abhi nahi | galat
        | mat | nahi chahiye"""
    ),
    accepts=listed(
        """haan | theek hai | thik hai | sahi hai | chalega | ok | accha hai | badhiya | pasand hai | yahi | done"""
    ),
    declines=listed("nahi | nhi | dusra | koi aur | aur dikhao | pasand nahi"),
    dont_know=listed(
        """pata nahi | nahi pata | nhi pata | malum nahi | abhi pata nahi | mujhe nahi pata | yaad nahi | pakka
        nahi | pta nhi"""
    ),
    later=listed(
        """baad me | baad mein | baad me batata hu | baad me batati hu | baad me bataunga | abhi nahi | phir kabhi
        | thodi der me | bad me batata hu | baad me btata hu"""
    ),
    refuses=listed("""nahi batana | nhi batana | nahi bataunga | nahi batana chahta | private hai | nahi dena"""),
    thanks=listed(
        """dhanyavad | dhanyawad | shukriya | thank u ji | thanks ji | shukriya bhai | dhanyawaad | dhanywad |
        shukria"""
    ),
    greetings=listed("""namaste | namaskar | namasthe | hello ji | hi ji | ram ram | salaam | pranam"""),
    goodbyes=listed("alvida | phir milenge | bas itna hi | bas yahi | shubh ratri"),
    angry=listed(
        """ghatiya | bakwas | bakwaas | dhoka | dhokebaaz | chor | fraud ho | bekar | badtameez | koi jawab nahi
        | sharam | bewakoof"""
    ),
    legal=listed(
        """mera vakil | mera wakeel | mere vakil | hamara vakil | vakil se baat karunga | vakil bhejunga | police
        me jaunga | police me jaungi | police me ja raha | police mein jaunga | police me complaint | police
        mein complaint | police complaint | police ko bulata | police ko bulaunga | police bulaunga | police me
        shikayat | court me milenge | court mein milenge | court me dekhunga | court me ghasit | court jaunga |
        court jaungi | consumer court | case karunga | case karungi | case kar dunga | case kar dungi | kanooni
        karwai | kanooni notice | legal notice"""
    ),
    discount=listed("""discount milega | kam karo | kam kar do | thoda kam | sasta | mehnga | mahanga | chhoot"""),
    corrects=listed(
        """mera matlab | maaf | galti | galat hai | galat | asal me | badal do | badalna | ki jagah | kar do |
        galti ho gayi | galat likh diya"""
    ),
    stop=listed(
        """band karo | ruko | roko | message mat karo | mat bhejo | message mat bhejo | message band karo | msg mat
        bhejo"""
    ),
    start=listed("shuru | shuru karo"),
    person_alone=listed("insaan | customer care se baat"),
    person_phrases=listed(
        """insaan se baat | kisi se baat | kisi insaan se baat | manager se baat | customer care se baat | agent
        se baat | aadmi se baat | mujhe call karo | call karo | mujhe phone karo | doctor se baat"""
    ),
    fillers=listed("ek | kisi | se | ko"),
    polite=listed(
        """ji | please | plz | pls | bhai | bhaiya | yaar | sir | madam | accha | toh | haan | hai | hu | h |
        chahiye | bas | ke liye | liye"""
    ),
    negations=listed("nahi | nhi | bina | mat | na"),
    negated_behind=listed("nahi | nhi"),
    alternatives=listed("ya"),
    conjunctions=listed("""aur | ya | lekin | hai | hu | h | se | ko | me | ke | ka | bol | hua | ki | mera"""),
    numbers=numbered(
        """1: ek | 2: do | 3: teen, tin | 4: char, chaar | 5: paanch, panch, paach | 6: chhe, chhah, che, cheh |
        7: saat, sat | 8: aath, aat | 9: nau | 10: das, dus | 11: gyarah, gyara | 12: barah, bara | 13: terah |
        14: chaudah | 15: pandrah, pandra | 16: solah | 17: satrah | 18: atharah | 19: unnis | 20: bees, bis |
        21: ikkis | 22: bais | 25: pachees, pachis | 30: tees, tis | 35: paintis | 40: chalis, chalees | 45:
        paintalis | 50: pachas, pachaas | 60: saath | 70: sattar | 75: pachattar | 80: assi | 90: nabbe"""
    ),
    mixed_numbers={"dedh": 1.5, "derh": 1.5, "dhai": 2.5, "dhaai": 2.5, "adhai": 2.5},
    fractions_before={
        "sadhe": 0.5,
        "saadhe": 0.5,
        "sade": 0.5,
        "sava": 0.25,
        "sawa": 0.25,
        "paune": -0.25,
        "pone": -0.25,
    },
    multipliers=numbered("""100: sau | 1000: hazar, hazaar, hajar | 100000: lakh, lac | 10000000: crore, karod, cr"""),
    ordinals=numbered("1: pehla, pehli | 2: dusra, dusri | 3: teesra | -1: aakhri"),
    people_nouns=listed("log | logo | bade | bacche | baccha | sawari"),
    months={},
    weekdays=numbered(
        """0: somvar, somwar | 1: mangalvar, mangalwar, mangal | 2: budhvar, budhwar, budh | 3: guruvar, guruwar,
        brihaspativar | 4: shukravar, shukrawar, shukrvar | 5: shanivar, shaniwar | 6: ravivar, raviwar, itwar,
        itvar"""
    ),
    relative_days=numbered("0: aaj, aaj hi, aj | 1: kal, kl | 2: parso, parson"),
    next_words=listed("agle | agli | agla"),
    this_words=listed("is | iss"),
    near_next=True,
    hence_words=listed("baad | ke baad | me | mein"),
    units=paired(
        """day: din | week: hafta, hafte, haftey | month: mahina, mahine, mahina | year: saal | hour: ghanta,
        ghante | minute: minute"""
    ),
    one_words=listed("ek"),
    day_marks_behind=listed("tarikh | tareekh"),
    range_words=listed("se"),
    hour_marks=listed("baje | bje | bajhe"),
    am_words=listed("subah | subha | savere"),
    pm_words=listed("shaam | sham | raat | dopahar | dopaher | shaam ko | raat ko"),
    periods={
        "subah": ("08:00", "12:00"),
        "dopahar": ("12:00", "16:00"),
        "shaam": ("17:00", "21:00"),
        "sham": ("17:00", "21:00"),
        "shaam ko": ("17:00", "21:00"),
        "sham ko": ("17:00", "21:00"),
        "raat": ("20:00", "23:00"),
        "raat ko": ("20:00", "23:00"),
    },
    name_cues=listed("mera naam | naam | mera nam"),
    weak_name_cues=listed("main"),
    place_behind=listed("me | mein | se | ke paas | ka | tak"),
    place_heads=listed("sector"),
    place_tails=listed("airport | station"),
    nationality_words=listed("passport"),
    start_behind=listed("se"),
    end_behind=listed("tak | me chodenge | me chhodenge"),
    alone=listed("sirf main | sirf mai | akela | akele | bas main"),
    people_before=listed("hum"),
    pairs=listed(
        """main aur meri wife | main aur meri patni | main aur mere husband | main aur mera beta | main aur meri
        beti"""
    ),
    currencies=paired("INR: rupaye, rupay, rupye, rs, ₹"),
    any_words=listed(
        """koi bhi | koi bhi chalega | koi bhi din chalega | kuch bhi | kuch bhi chalega | farak nahi padta |
        kabhi bhi | jo bhi ho"""
    ),
)
