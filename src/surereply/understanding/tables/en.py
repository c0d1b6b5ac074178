"""English."""

from surereply.understanding.tables.shape import LanguageTable, listed, numbered, paired, spaced

EN = LanguageTable(
    function_words=spaced(
        """a an the and or but if of to in on at by for from with about as into is are was were be been am do
        does did have has had will would can could should may might must i you he she it we they me him her us
        them my your his its our their this that these those what which who how when where why not no yes there
        here please thanks thank hi hello want need looking like i'm im i'd i'll i've it's don't dont ok okay any
        some so just"""
    ),
    common_words=spaced(
        """able actually after again ago all almost already also always am another anymore anything anyone anyway
        apply around ask asked asking available away back bad because become been before being best better
        between big book booked booking both bring business but buy call called came cannot can't cant change
        charge check choose come coming company confirm contact cool correct cost could currently date day days
        deal details did didn't different doesn't doing done down each early easy either else email enough etc
        even ever every everything exactly expire expired expires fast few fill find fine first for forget found
        free friend full get gets getting give given go goes going gonna good got great had happen happy hard
        hasn't have haven't having he'll hear help her here's hey hope hours house i interested isn't issue it'll
        job join keep kind know last late later least leave left less let let's lets like live living long look
        looking lot love made make makes making many married matter maybe me mean meant meet message mine money
        month months more most move moving much my myself name need needed needs never new next nice nothing now
        number off offer office often old once one ones only open other others out over own paid part pay people
        perfect perhaps person phone place plan please possible prefer preferred price probably process problem
        put question quick quickly quite rather read ready really reason receive recommend regarding renew rent
        reply require required requirements right room said same saw say says see seems send sent service
        services she should show single sir madam since small someone something somewhere soon sorry sounds start
        started stay still stop stuff such suggest sure take taken talk tell than that's them then there's
        they'll thing things think thought through till time today together told tomorrow too took total travel
        tried try trying two type under until up upon use used using usually very via wait waiting want wanted
        wants was wasn't way we'd we'll we're we've week weeks well went weren't what's whatever whenever whether
        while whole whose why will wish without won't wonder wondering won work working works worry would
        wouldn't write wrong year years yet you'd you'll you're you've yours morning afternoon evening night noon
        midnight monday tuesday wednesday thursday friday saturday sunday near nearby area city town center
        centre somebody anywhere everywhere ticket tickets visa visas employed unemployed resident student
        employee manager owner investor based outside inside abroad afraid glad tired busy thinking planning
        hoping calling texting writing messaging familiar touch cash advance english arabic general case fact
        order addition hand mind stock progress detail trouble store particular luck favor favour front instead
        enquire enquiring inquire inquiring inquiry enquiry information info fly flying mood"""
    ),
    everyday_words=listed(
        """other | others | another | new | now | here | both | all | more | none | general | today | tomorrow |
        one | open | only | business | good | first | second | soon | later | yes | no | month | week
        | next | this | me | home | work"""
    ),
    asking_words=listed(
        """how | what | when | where | why | which | who | whose | whats | what's | hows | how's | where's |
        wheres | when's | who's | whos | any idea | do you know | tell me about | tell me how | tell me what | i
        want to know | i wanna know | i would like to know | i'd like to know | just want to know | need to know
        | explain | can you tell me | could you tell me | can u tell me | can you please tell me | could you
        please tell me | tell me | may i know | can i know | let me know | please tell me | can i ask | i am
        wondering | i'm wondering | i was wondering | do they | does it | does that | is it | is that | are they
        | have they"""
    ),
    asking_verbs=listed(
        """is | are | was | were | do | does | did | will | would it | would there | would they | would that |
        has | have you | am i | isn't | aren't | don't you | doesn't | can it | can they | could it | should i |
        must i | do i | can a | is it | is there"""
    ),
    clause_starts=listed(
        """is the | is there | are there | are they | is it | do they | does it | does the | does that | do you |
        can you | could you | can i | could i | will you | would you | will there | would it | what is | what are
        | what time | what's | where is | how much | how many | how about | when does | when is | which | i'd
        like | i would like | i want | i need | i prefer | i'd prefer | i am | i'm | i will | i'll | please |
        it's for | make it | also does | also is | are the | is that"""
    ),
    wishes=listed(
        """i'd like | i would like | i'd love | i would love | i want | i wanna | i need | i'm looking for | i am
        looking for | looking for | find me | find | search in | search for | search | look for | look in | show
        me | give me | how about | what about | something | somewhere | some | to try | to eat | to taste | to
        have | to get | to go | to see | to find | to book | try | eat | taste | love | need | i think | think |
        i prefer | prefer | with | any | a place | that serves | serves | it's | at | please find me | please |
        for | like | i like | in the mood for | feel like | i feel like | a | an | the | me | to"""
    ),
    request_openers=listed(
        """can you | could you | can i | could i | may i | would you | will you | can we | could we | may we | do
        you have | would it be possible | is it possible | do you mind | would you mind | can u | could u | how
        about | what about | are there any | is there a | is there any | can someone | please can you | what if |
        have you got | would i | might i | would it be"""
    ),
    yes=listed(
        """yes | yh | yeah | yep | yup | ya | yea | yah | yess | ye | yes please | sure | of course | certainly |
        definitely | absolutely | correct | right | that's right | thats right | that is right | that's correct |
        thats correct | that is correct | exactly | indeed | ok | okay | okey | k | kk | ok sure | affirmative |
        true | agreed | for sure | why not | i do | i am | i have | we do | we are | it is | it does | i would |
        i would like that | please do | go ahead | sounds good | sounds great | y | totally | obviously |
        naturally | alright | all right | that's fine | thats fine | that is fine | fine | that's good | that
        works | works for me | confirmed | i confirm | surely | yes i do | perfect | great | 👍 | 👍🏻 | 👍🏼 |
        👍🏽 | 👌
        | ✅"""
    ),
    no=listed(
        """no | nope | nah | no thanks | no thank you | not really | not at all | never | negative | nop | noo |
        naah | not yet | i don't | i dont | i do not | i am not | i'm not | im not | we don't | incorrect |
        that's wrong | thats wrong | wrong | that's not right | not correct | that is not correct | n | no way |
        absolutely not | not now | 👎 | ❌ | no need | definitely not | of course not | it isn't | it's not |
        nothing"""
    ),
    accepts=listed(
        """yes | yeah | yep | yup | sure | ok | okay | sounds good | sounds great | sounds perfect | sounds nice
        | sounds lovely | sounds like a plan | sounds fine | sounds wonderful | sounds interesting | sound good |
        sounds excellent | sounds ok | sounds okay | that works | that will work | that would work | that'll work
        | works for me | that's fine | thats fine | that is fine | that's good | that is good | that's great |
        that is great | that's perfect | that is perfect | that would be perfect | that will be fine | that would
        be fine | that would be great | that will do | that'll do | perfect | great | excellent | wonderful |
        awesome | fantastic | fine | i'll take it | ill take it | i will take it | take it | book it | reserve it
        | i like it | i like that | i love it | i like that one | i want that | i want it | i want that one | i'd
        like that | i would like that | i'd like that one | let's go with that | let's do that | go with that |
        go for it | go ahead | good | very good | nice | cool | amazing | correct | that's right | exactly |
        absolutely | definitely | that one | this one | alright | all right | it's good | it is good | it's fine
        | it works | superb | i am interested in that | i'm interested | please book | book that | please do |
        confirm | i confirm | confirmed | yes please | lovely | of course | certainly | good for me | okay for me
        | ok for me | fine with me | fine by me | agreed | deal | i'm okay with that | i'm fine with that | happy
        with that | i agree | that suits me | suits me | will do"""
    ),
    praise=listed(
        """great | good | perfect | perfectly | nice | fine | best | ideal | acceptable | doable | better |
        winner | lovely | excellent | amazing | awesome | wonderful | fantastic | interesting | promising | ok |
        okay | work | works | cool | suitable | right | well | alright | neat | fun | like it | what i want |
        what i need | what i am looking for | what i'm looking for | i would enjoy | i'd enjoy | my needs | my
        budget | i want | i was looking for | i'll take"""
    ),
    seems=listed(
        """sounds | sound | looks | look | seems | seem | is | that's | it's | thats | be | will | would | works
        | fits | fit | meets | suits | suit | might | this is | that is | i'm down | i accept | i like this | i
        like that | i like the sound | i love this | i love that | i'll do it | i'll go with | let's go with |
        should"""
    ),
    commits=listed(
        """book it | book this | book that | book those | book them | book me | book for me | book the | reserve
        it | reserve this | reserve that | reserve the | reserve for me | please reserve | please book | make a
        reservation | make the reservation | make reservations | make a booking | i accept | i'm down | im down |
        schedule a visit | schedule a viewing | buy it | buy the tickets | buy tickets | purchase it | purchase
        the | get the tickets | get some tickets | get tickets | i'll take | i will take | i'll go with | i will
        go with | let's go with | i'll do it | i like this | i like that one | i like the sound | i want to book
        | i'd like to book | i would like to book | i'd like to reserve | i would like to reserve | schedule an
        appointment | make an appointment | set up an appointment"""
    ),
    declines=listed(
        """no | nope | nah | anything else | something else | another | any other | any others | other options |
        other ones | different | don't like | do not like | not interested | not that one | not that | what else
        | else | others | alternatives | instead | rather not | not good | too expensive | too late | too early |
        too far | is there another | are there any other | are there others | find me another | show me another |
        other | any more | more options | wait | not sure | doesn't work | does not work"""
    ),
    dont_know=listed(
        """i don't know | i dont know | dont know | don't know | do not know | idk | no idea | not sure | i'm not
        sure | im not sure | i am not sure | unsure | i have no idea | no clue | dunno | i dunno | can't say |
        cant say | haven't decided | havent decided | not decided | not decided yet | haven't decided yet |
        undecided | i can't remember | i cant remember | don't remember | i forgot | i do not know | not certain
        | you tell me | hard to say | don't have it | dont have it | dont knw | i dont knw | donno"""
    ),
    later=listed(
        """later | maybe later | not now | another time | some other time | i'll tell you later | i will tell you
        later | tell you later | i'll let you know | ill let you know | i will let you know | let you know later
        | will let you know | get back to you | not right now | ask me later | i'll check | let me check | i
        will check | i'll send it later | will send later | send it later | next time | not at the moment | i'm
        busy | im busy | busy now | give me some time | tell u later | ill tell u later | let u know"""
    ),
    refuses=listed(
        """prefer not to say | rather not say | i'd rather not | id rather not | i would rather not | i'd prefer
        not to | i prefer not to | won't tell | wont tell | none of your business | not telling | i don't want
        to say | i dont want to say | i don't want to share | i dont want to share | don't want to give | dont
        want to give | not comfortable sharing | skip | skip it | skip this | skip this question | no comment |
        it's private | its private | that's private | that is private | private | confidential | i refuse |
        don't want to tell | pass | i don't want to tell | i dont want to tell | rather not tell"""
    ),
    thanks=listed(
        """thanks | thank you | thx | ty | thank u | thanx | tnx | thnx | many thanks | much appreciated |
        appreciate it | i appreciate | thanks a lot | thank you so much | thank you very much | tq | cheers | 🙏
        | tysm | thankyou | thank you!"""
    ),
    greetings=listed(
        """hi | hello | hey | hii | helo | hallo | hiya | good morning | good afternoon | good evening |
        greetings | good day | salam | salaam | assalamualaikum | assalamu alaikum | as salam alaikum | salam
        alaikum | hi there | hello there | hey there | dear | dear sir | dear team | dear sir madam | how are you
        doing | how are you today | hope you are well | namaste | howdy | yo | hi dear | how are you | how r u |
        how are u"""
    ),
    goodbyes=listed(
        """bye | goodbye | good bye | bye bye | see you | see ya | see u | take care | have a nice day | have a
        good day | have a great day | talk later | talk soon | talk to you later | ttyl | good night | that's all
        | thats all | that is all | that will be all | that'll be all | nothing else | no that's all"""
    ),
    angry=listed(
        """ridiculous | pathetic | unacceptable | disgusting | useless | worst company | worst experience |
        terrible experience | horrible service | horrible experience | awful service | this is terrible | this
        is awful | this is horrible | you are terrible | so rude | scam | scammer | scammers | fraud | cheaters
        | cheating me | liars | idiot | idiots | stupid | fed up | sick of | i'm angry | im angry | i am angry |
        i'm furious | very angry | so angry | very disappointed | extremely disappointed | waste of time |
        wasting my time | nobody answers | no one answers | no one replies | nobody replies | i'm frustrated |
        im frustrated | so frustrating | very frustrating | bad service | terrible service | worst service |
        poor service | rubbish | bullshit | wtf | fuck | fucking | fuck you | shit | damn you | what the hell |
        you people are | i want to complain | i want to file a complaint | make a complaint | complaint against
        | still waiting for your reply | are you kidding | are you joking | how many times do i | i already told
        you | i told you already | 😡 | 🤬 | service is a joke | this is a joke | you are a joke"""
    ),
    legal=listed(
        """my lawyer | our lawyer | my attorney | my solicitor | a lawyer against | lawyers against | sue you |
        i'll sue | i will sue | going to sue | gonna sue | legal action | take you to court | see you in court |
        go to court | report you to | report you | report this to the police | going to the police | go to the
        police | call the police | file a case | file a lawsuit | lawsuit | consumer protection | press charges
        | take this to court | legal notice | file a police complaint | complain to the ministry | report to the
        authorities | see u in court | sue u | suing you | sue your company | my lawyers | police complaint |
        going to court | to the police | i will go to police | go to police"""
    ),
    discount=listed(
        """discount | discounts | discounted | cheaper | lower price | lower the price | reduce the price | best
        price | better price | last price | final price | special price | bargain | negotiate | negotiable |
        price reduction | reduce it | make it cheaper | any offer | any offers | special offer | promo | promo
        code | coupon | can you do less | can you do better | give me a better | too expensive"""
    ),
    corrects=listed(
        """actually | sorry i meant | i meant | i mean | i meant to say | correction | no wait | wait no | not
        that | that's wrong | thats wrong | that is wrong | wrong | incorrect | my mistake | my bad | i made a
        mistake | typo | change it to | change that to | change the | change my | make it | make that | make
        those | make them | switch to | instead | rather | let's make it | can you change | could you change |
        please change | it should be | should be | sorry | scratch that | update my | i changed my mind | changed
        my mind | oops | no my | no it's | no its | no it is | no i'm | no im"""
    ),
    stop=listed(
        """stop | stop all | stopall | unsubscribe | opt out | optout | cancel subscription | end messages | stop
        messages | stop messaging me | stop texting me | remove me | stop it please | stop please | please stop |
        quit | do not contact me | don't contact me | dont contact me | stop sending me messages | stop
        contacting me"""
    ),
    start=listed(
        """start | unstop | subscribe | resubscribe | opt in | optin | resume | start again | start messages"""
    ),
    person_alone=listed(
        """human | agent | operator | person | representative | real person | live agent | a human | an agent |
        advisor | talk to a human | human please | agent please | customer care | customer service | customer
        support | support | live person | receptionist"""
    ),
    person_verbs=listed(
        """talk to | talk with | speak to | speak with | speak | chat with | chat to | connect me to | connect me
        with | connect to | connect with | transfer me to | transfer to | put me through to | hand me over to |
        get me | forward me to | pass me to | reach | call from | handed over to | deal with | talking to |
        speaking to | speaking with | talking with | put me thru to | talk 2 | speak 2"""
    ),
    person_wishes=listed("want | need | give me | wanna have | would like | i'd like | prefer | get"),
    person_phrases=listed(
        """someone call me | somebody call me | anyone call me | have someone call | have somebody call | call me
        back | give me a call | someone contact me | somebody contact me | someone can help me over the phone | i
        need a human | real person please | not a bot | not a robot | stop the bot"""
    ),
    opposites={
        "inside": "outside | abroad | overseas | back home | out of the country | in my country",
    },
    person_nouns=listed(
        """human | person | someone | somebody | agent | representative | rep | operator | advisor | adviser |
        consultant | manager | supervisor | colleague | staff | human being | real people | people | boss | owner
        | team | sales | specialist | expert | anyone | receptionist | employee | doctor"""
    ),
    person_nouns_strict=listed(
        """human | person | agent | representative | human agent | real person | live agent | operator | human
        being | supervisor"""
    ),
    fillers=listed(
        """a | an | the | to | with | real | live | actual | human | your | from | of | some | any | one |
        customer | sales | support | senior | please | directly"""
    ),
    polite=listed(
        """please | pls | plz | kindly | thanks | thank you | thx | sir | madam | maam | ma'am | dear | hi |
        hello | hey | ok | okay | so | well | um | uh | hmm | oh | just | actually | sorry | and | yes | yeah |
        sure | great | perfect | good | no | alright | cool | it's | its | it is | that's | i'm | im | then | bro
        | brother | here is | here's | mate | nice"""
    ),
    negations=listed(
        """not | no | don't | dont | do not | doesn't | doesnt | isn't | isnt | without | never | neither | nor |
        didn't | won't | wont | can't | cant | aren't | ain't | wasn't | instead of | rather than | except |
        other than | hate | cannot | outside | n't | haven't | hasn't | non"""
    ),
    alternatives=listed("or | either | vs | versus"),
    conjunctions=listed(
        """and | but | or | with | & | plus | then | because | so | for | also | who | i | is | my | in | from |
        at | on"""
    ),
    numbers=numbered(
        """0: zero, none | 1: one, single | 2: two, couple, double, both, tow | 3: three, thre | 4: four | 5:
        five | 6: six | 7: seven | 8: eight | 9: nine | 10: ten | 11: eleven | 12: twelve, dozen | 13: thirteen |
        14: fourteen | 15: fifteen | 16: sixteen | 17: seventeen | 18: eighteen | 19: nineteen | 20: twenty | 30:
        thirty | 40: forty, fourty | 50: fifty | 60: sixty | 70: seventy | 80: eighty | 90: ninety"""
    ),
    multipliers=numbered(
        """100: hundred | 1000: thousand, k, thousands | 1000000: million, m, mn, mil | 100000: lakh, lakhs, lac,
        lacs | 10000000: crore, crores, cr"""
    ),
    ordinals=numbered(
        """1: first, former | 2: second | 3: third | 4: fourth | 5: fifth | 6: sixth | 7: seventh | 8: eighth |
        9: ninth | 10: tenth | -1: last, latter | 11: eleventh | 12: twelfth | 13: thirteenth | 14: fourteenth |
        15: fifteenth | 20: twentieth | 30: thirtieth"""
    ),
    people_nouns=listed(
        """people | person | persons | adult | adults | guest | guests | passenger | passengers | traveler |
        travelers | traveller | travellers | rider | riders | seat | seats | ticket | tickets | pax | of us |
        friends | folks | individuals | travelling | traveling | total | party | in total | friend | pass |
        passes | group | kid | kids | child | children"""
    ),
    months=numbered(
        """1: january, jan | 2: february, feb, febuary, feburary | 3: march, mar | 4: april, apr | 5: may | 6:
        june, jun | 7: july, jul | 8: august, aug | 9: september, sep, sept | 10: october, oct | 11: november,
        nov | 12: december, dec, decemeber"""
    ),
    weekdays=numbered(
        """0: monday, mon, mondays | 1: tuesday, tue, tues, tuesdays | 2: wednesday, wed, weds, wensday,
        wednsday, wednesdays | 3: thursday, thu, thur, thurs, thursdays | 4: friday, fri, fridays | 5: saturday,
        sat, saturdays | 6: sunday, sun, sundays"""
    ),
    relative_days=numbered(
        """0: today, later today, tonight, tonite, 2day, this evening, this afternoon, this morning | 1:
        tomorrow, tmrw, tmr, tmrow, tomorow, tommorow, tommorrow, 2moro, 2morrow, tomm | 2: day after tomorrow,
        the day after tomorrow, day after, overmorrow | -1: yesterday | -2: day before yesterday, the day before
        yesterday"""
    ),
    next_words=listed("next | coming week | following | nxt"),
    this_words=listed("this | coming | this coming"),
    in_words=listed("in | after | within"),
    hence_words=listed("from now | from today | later | hence | time | ahead"),
    units=paired(
        """day: day, days, night, nights | week: week, weeks, wk, wks | month: month, months, mth, mths | year:
        year, years, yr, yrs | hour: hour, hours, hr, hrs | minute: minute, minutes, min, mins"""
    ),
    dual_units=paired("week: fortnight"),
    one_words=listed("a | an | one"),
    day_markers=listed("the | on | on the"),
    ordinal_marks=listed("st | nd | rd | th"),
    of_words=listed("of"),
    clock_before=listed(
        """at | around | about | by | after | before | from | until | till | past | approximately | approx | near"""
    ),
    clock_words=listed("o'clock | oclock | o clock | ish"),
    clock_from_cues=listed("at | around | by"),
    am_words=listed("am | a m | a.m | in the morning | morning | in morning"),
    pm_words=listed(
        """pm | p m | p.m | in the afternoon | afternoon | in the evening | evening | at night | tonight | in
        evening | night | in the night"""
    ),
    periods={
        "morning": ("08:00", "12:00"),
        "mornings": ("08:00", "12:00"),
        "afternoons": ("12:00", "17:00"),
        "evenings": ("17:00", "21:00"),
        "afternoon": ("12:00", "17:00"),
        "evening": ("17:00", "21:00"),
        "night": ("20:00", "23:00"),
        "lunch time": ("12:00", "14:00"),
        "lunchtime": ("12:00", "14:00"),
    },
    named_times={"noon": "12:00", "midday": "12:00", "12 noon": "12:00", "midnight": "00:00"},
    half_words=listed("half"),
    quarter_words=listed("quarter"),
    past_words=listed("past | after"),
    to_words=listed("to | til | till | before"),
    name_cues=listed(
        """my name is | my name's | name is | my names | my full name is | full name | name : | call me | it's
        under | under the name | under the name of | the name is | in the name of | under my name | the name of |
        people call me | myself | you can call me | name - | surname is"""
    ),
    weak_name_cues=listed("""under | i'm | i am | im | this is | it's | its | it is | me | here is | hi this is"""),
    place_cues=listed(
        """in | from | to | near | around | at | for | towards | into | nearby | close to | within | of | out of
        | by | toward | leave | leaving | departing | visit | visiting | city of"""
    ),
    place_tails=listed("airport | station | terminal"),
    nationality_words=listed("nationality | citizen | citizenship | passport | national"),
    start_words=listed(
        """from | leaving | leave | leaves | depart | departs | departing | departure | departed | starting |
        starts | start | begin | beginning | origin | originates | outbound | outgoing | check in | checking in |
        checkin | check-in | pick up | pickup | pick it up | picking | out of | move in | since | between | come
        from | source | leaving from"""
    ),
    end_words=listed(
        """to | till | til | until | leaving for | leave for | departing for | headed for | heading for | bound
        for | return | returning | returns | back | end | ends | ending | arrive | arriving | arrival | going |
        headed | heading | destination | inbound | check out | checking out | checkout | check-out | drop off |
        dropoff | dropping | come back | coming back | through | towards | get to | arrives | visit | visiting |
        into"""
    ),
    stay_start_words=listed(
        """from | arrive | arriving | arrival | check in | checking in | check-in | checkin | come | coming |
        starting | start | begin | beginning | move in | moving in | since | between | stay from | staying from"""
    ),
    stay_end_words=listed(
        """to | till | til | until | leave | leaving | leaves | depart | departing | departure | check out |
        checking out | check-out | checkout | return | returning | end | ending | through | move out | going home"""
    ),
    pairs=listed(
        """me and my husband | me and my wife | me and my partner | me and my friend | my wife and i | my wife
        and me | my husband and i | my husband and me | my partner and i | me and my girlfriend | me and my
        boyfriend | my friend and i | me and my son | me and my daughter | me and my mother | me and my mom"""
    ),
    month_parts={"start of": 1, "beginning of": 1, "early": 1, "mid": 15, "middle of": 15, "end of": 25, "late": 25},
    alone=listed(
        """just me | only me | me only | just myself | only myself | myself only | me alone | alone | by myself |
        on my own | nobody else | no one else | just one | only one | sole owner"""
    ),
    people_before=listed(
        """for | group of | party of | table for | family of | team of | room for | only for | just for"""
    ),
    currencies=paired(
        """USD: dollar, dollars, usd, $, bucks | AED: dirham, dirhams, aed, dhs, dh, dhm | EUR: euro, euros, eur,
        € | GBP: pound, pounds, gbp, £, quid | INR: rupee, rupees, inr, rs, ₹ | SAR: sar, riyal, riyals | PKR:
        pkr | QAR: qar | OMR: omr | KWD: kwd | BHD: bhd | EGP: egp | JPY: ¥, yen"""
    ),
    any_words=listed(
        """any | anything | anywhere | anytime | any time | whatever | doesn't matter | does not matter | don't
        care | dont care | no preference | dontcare | either | flexible | up to you"""
    ),
)
