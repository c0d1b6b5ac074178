"""Cities and districts that customers name without a preposition; CLDR's time zone cities come beside them."""

CITIES: tuple[str, ...] = tuple(
    city.strip()
    for city in """
    dubai | abu dhabi | abudhabi | sharjah | ajman | fujairah | ras al khaimah | rak | umm al quwain |
    al ain | dubai marina | jumeirah | jbr | jlt | business bay | downtown dubai | downtown | deira |
    bur dubai | palm jumeirah | the palm | al barsha | silicon oasis | international city |
    discovery gardens | jvc | jumeirah village circle | arabian ranches | mirdif | al nahda | al qusais |
    dubai hills |
    motor city | sports city | difc | al reem island | yas island | saadiyat | khalifa city | karama |
    satwa | al quoz | tecom | barsha heights | riyadh | jeddah | makkah | mecca | medina | madinah |
    dammam | khobar | doha |
    muscat | manama | kuwait city | amman | beirut | damascus | aleppo | baghdad | erbil | cairo |
    alexandria | giza | casablanca | rabat | marrakech | tunis | algiers | tripoli | khartoum | sanaa |
    istanbul | ankara | tehran |
    mumbai | bombay | delhi | new delhi | bangalore | bengaluru | chennai | hyderabad | kolkata | calcutta |
    pune | kochi | cochin | kerala | ahmedabad | jaipur | lucknow | goa | karachi | lahore | islamabad |
    rawalpindi | peshawar |
    faisalabad | dhaka | chittagong | colombo | kathmandu | manila | cebu | davao | jakarta | bali |
    bangkok | phuket | kuala lumpur | singapore | hong kong | beijing | shanghai | guangzhou | shenzhen |
    tokyo | osaka | kyoto | seoul |
    london | manchester | birmingham | liverpool | leeds | glasgow | edinburgh | dublin | paris | lyon |
    marseille | nice | berlin | munich | frankfurt | hamburg | cologne | madrid | barcelona | valencia |
    seville | lisbon | porto |
    rome | milan | naples | venice | florence | turin | amsterdam | rotterdam | brussels | antwerp |
    vienna | zurich | geneva | stockholm | oslo | copenhagen | helsinki | warsaw | krakow | prague |
    budapest | athens | moscow | kiev | kyiv |
    chi town | chi-town | chitown | atl | sd | nola | slc | oc | bay area | south bend |
    new york | new york city | nyc | ny | los angeles | la | lax | l a | san francisco | sf | sfo |
    san fran | frisco | san diego | san jose | sacramento | oakland | berkeley | fresno | long beach |
    anaheim | santa rosa | napa | palo alto |
    seattle | portland | chicago | houston | dallas | austin | san antonio | phoenix | phx | tucson |
    denver | las vegas | vegas | salt lake city | albuquerque | philadelphia | philly | phila | boston |
    washington | washington d.c. | washington dc | dc | atlanta | atlanta ga | miami |
    orlando | tampa | jacksonville | charlotte | raleigh | nashville | memphis | new orleans | detroit |
    cleveland | columbus | cincinnati | indianapolis | milwaukee | minneapolis | st. louis | st louis |
    kansas city | omaha | pittsburgh | baltimore |
    buffalo | honolulu | anchorage | toronto | montreal | vancouver | ottawa | calgary | edmonton |
    mexico city | ciudad de mexico | cdmx | cancun | guadalajara | havana | bogota | lima | santiago |
    buenos aires | sao paulo | rio de janeiro | brasilia | caracas | quito |
    lagos | abuja | accra | nairobi | mombasa | kampala | addis ababa | johannesburg | cape town | durban |
    dar es salaam | sydney | melbourne | brisbane | perth | adelaide | canberra | auckland | wellington |
    دبي | ابوظبي | أبو ظبي | ابو ظبي | الشارقة | عجمان | الفجيرة | رأس الخيمة | راس الخيمة | ام القيوين |
    أم القيوين | العين | دبي مارينا | مارينا | ديرة | بر دبي | جميرا | الجميرا | البرشاء | النهدة | القصيص |
    الكرامة | الخليج التجاري | وسط المدينة | داون تاون | الرياض | جدة |
    مكة | المدينة المنورة | الدمام | الخبر | الدوحة | مسقط | المنامة | عمّان | بيروت | دمشق | حلب | بغداد |
    أربيل | القاهرة | الاسكندرية | الإسكندرية | الدار البيضاء | الرباط | مراكش | تونس العاصمة | الخرطوم |
    صنعاء | اسطنبول | إسطنبول | لندن | باريس | مومباي | دلهي | كراتشي | لاهور | مانيلا
    """.replace("\n", " ").split("|")
    if city.strip()
)

# Words of everyday language that are also a city's name or nickname: only with a preposition, or when asked.
EVERYDAY = frozenset(
    {
        "la",
        "nice",
        "ny",
        "dc",
        "sf",
        "rak",
        "bali",
        "goa",
        "lima",
        "sd",
        "oc",
        "deal",
        "l a",
        "العين",
        "downtown",
        "مارينا",
        "الخبر",
    }
)
