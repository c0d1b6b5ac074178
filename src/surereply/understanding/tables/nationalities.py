"""Countries as people name them and what their people call themselves, by ISO 3166 code; CLDR gives the rest."""

# Names beside those of CLDR: short forms, capitals' nicknames, frequent misspellings.
COUNTRY_NAMES: dict[str, str] = {
    "AE": "uae | u a e | u.a.e | emirates | the emirates | united arab emirates | الامارات | الإمارات | دولة الإمارات",
    "US": "usa | us | u s a | america | united states | the states | united states of america | أمريكا | امريكا | اميركا",
    "GB": "uk | u k | england | britain | great britain | scotland | wales | united kingdom | بريطانيا | انجلترا | إنجلترا",
    "SA": "ksa | saudi | saudia | saudi arabia | السعودية | المملكة العربية السعودية",
    "RU": "russia | روسيا", "CZ": "czech republic | czechia", "KR": "korea | south korea | كوريا", "KP": "north korea",
    "SY": "syria | سوريا | سورية", "PS": "palestine | فلسطين", "IR": "iran | ايران | إيران", "LB": "lebanon | lebanan | لبنان",
    "PH": "philippines | phillipines | philipines | phillippines | الفلبين", "EG": "egypt | مصر", "MA": "morocco | المغرب",
    "TR": "turkey | turkiye | تركيا", "CI": "ivory coast | cote d'ivoire", "CD": "congo | dr congo | drc", "MM": "burma | myanmar",
    "NL": "holland | netherlands | the netherlands | هولندا", "CN": "china | الصين", "HK": "hong kong | هونغ كونغ", "MO": "macau",
    "TZ": "tanzania", "LK": "sri lanka | srilanka | سريلانكا", "BD": "bangladesh | bangladsh | بنغلاديش", "IN": "india | الهند", "PK": "pakistan | باكستان",
    "JO": "jordan | الاردن | الأردن", "SD": "sudan | السودان", "YE": "yemen | اليمن", "IQ": "iraq | العراق", "OM": "oman | عمان | سلطنة عمان",
    "KW": "kuwait | الكويت", "QA": "qatar | قطر", "BH": "bahrain | البحرين", "TN": "tunisia | تونس", "DZ": "algeria | الجزائر", "LY": "libya | ليبيا",
    "ET": "ethiopia | اثيوبيا | أثيوبيا", "NG": "nigeria | نيجيريا", "KE": "kenya | كينيا", "GH": "ghana | غانا", "ZA": "south africa | جنوب افريقيا",
    "DE": "germany | المانيا | ألمانيا", "FR": "france | فرنسا", "IT": "italy | ايطاليا | إيطاليا", "ES": "spain | اسبانيا | إسبانيا", "NP": "nepal | نيبال",
    "AU": "australia | استراليا | أستراليا", "CA": "canada | كندا", "UA": "ukraine | أوكرانيا | اوكرانيا", "BR": "brazil | البرازيل", "JP": "japan | اليابان",
    "AF": "afghanistan | افغانستان | أفغانستان", "ID": "indonesia | اندونيسيا | إندونيسيا", "UZ": "uzbekistan | اوزبكستان", "KZ": "kazakhstan | كازاخستان",
}  # fmt: skip

DEMONYMS: dict[str, str] = {
    "AE": "emirati | emiratis | uae national | اماراتي | إماراتي | اماراتية | إماراتية", "AF": "afghan | afghani | أفغاني | افغانية", "AL": "albanian", "DZ": "algerian | جزائري | جزائرية",
    "AO": "angolan", "AR": "argentinian | argentine | argentinean", "AM": "armenian | أرمني", "AU": "australian | aussie | استرالي | أسترالية", "AT": "austrian", "AZ": "azerbaijani | azeri",
    "BH": "bahraini | بحريني | بحرينية", "BD": "bangladeshi | bengali | بنغالي | بنجالي", "BY": "belarusian | belarussian", "BE": "belgian", "BO": "bolivian", "BA": "bosnian",
    "BR": "brazilian | برازيلي", "GB": "british | english | brit | scottish | welsh | uk national | بريطاني | بريطانية | انجليزي", "BG": "bulgarian", "MM": "burmese", "KH": "cambodian", "CM": "cameroonian | cameroonian",
    "CA": "canadian | كندي | كندية", "TD": "chadian", "CL": "chilean", "CN": "chinese | صيني | صينية", "CO": "colombian | columbian", "KM": "comorian", "CG": "congolese", "CR": "costa rican", "HR": "croatian",
    "CU": "cuban", "CY": "cypriot", "CZ": "czech", "DK": "danish | dane", "DO": "dominican", "NL": "dutch | هولندي", "EC": "ecuadorian", "EG": "egyptian | egyption | مصري | مصرية", "ER": "eritrean | ارتيري", "EE": "estonian",
    "ET": "ethiopian | اثيوبي | إثيوبية", "FJ": "fijian", "PH": "filipino | filipina | philippine | phillipino | philipino | pinoy | pinay | فلبيني | فلبينية", "FI": "finnish", "FR": "french | فرنسي | فرنسية",
    "GM": "gambian", "GE": "georgian | جورجي", "DE": "german | الماني | ألماني | ألمانية", "GH": "ghanaian | ghanian | غاني", "GR": "greek | يوناني", "GT": "guatemalan", "HT": "haitian", "HN": "honduran", "HK": "hongkonger",
    "HU": "hungarian", "IS": "icelandic", "IN": "indian | indians | هندي | هندية", "ID": "indonesian | اندونيسي", "IR": "iranian | persian | ايراني | إيراني | ايرانية", "IQ": "iraqi | عراقي | عراقية", "IE": "irish", "IL": "israeli",
    "IT": "italian | ايطالي | إيطالي", "JM": "jamaican", "JP": "japanese | ياباني", "JO": "jordanian | jordanien | أردني | اردني | اردنية", "KZ": "kazakh | kazakhstani", "KE": "kenyan | كيني", "KR": "korean | south korean | كوري",
    "KW": "kuwaiti | كويتي | كويتية", "KG": "kyrgyz", "LA": "laotian", "LV": "latvian", "LB": "lebanese | lebanease | لبناني | لبنانية", "LR": "liberian", "LY": "libyan | ليبي", "LT": "lithuanian", "MK": "macedonian",
    "MG": "malagasy", "MY": "malaysian | ماليزي", "MV": "maldivian", "ML": "malian", "MT": "maltese", "MR": "mauritanian | موريتاني", "MU": "mauritian", "MX": "mexican", "MD": "moldovan", "MN": "mongolian", "ME": "montenegrin",
    "MA": "moroccan | morrocan | moroccon | مغربي | مغربية", "MZ": "mozambican", "NA": "namibian", "NP": "nepali | nepalese | نيبالي", "NZ": "new zealander | kiwi", "NI": "nicaraguan", "NG": "nigerian | نيجيري", "NE": "nigerien",
    "NO": "norwegian", "OM": "omani | عماني | عمانية", "PK": "pakistani | pakistanis | paki | باكستاني | باكستانية", "PS": "palestinian | فلسطيني | فلسطينية", "PA": "panamanian", "PY": "paraguayan", "PE": "peruvian", "PL": "polish",
    "PT": "portuguese | برتغالي", "QA": "qatari | قطري", "RO": "romanian", "RU": "russian | روسي | روسية", "RW": "rwandan", "SA": "saudi national | saudi | سعودي | سعودية", "SN": "senegalese", "RS": "serbian", "SL": "sierra leonean",
    "SG": "singaporean", "SK": "slovak", "SI": "slovenian", "SO": "somali | somalian | صومالي", "ZA": "south african", "ES": "spanish | اسباني", "LK": "sri lankan | srilankan | سريلانكي", "SD": "sudanese | سوداني | سودانية",
    "SE": "swedish | swede", "CH": "swiss | سويسري", "SY": "syrian | سوري | سورية", "TW": "taiwanese", "TJ": "tajik", "TZ": "tanzanian", "TH": "thai", "TN": "tunisian | تونسي | تونسية", "TR": "turkish | تركي | تركية", "TM": "turkmen",
    "UG": "ugandan | اوغندي", "UA": "ukrainian | ukranian | أوكراني | اوكرانية", "US": "american | us citizen | us national | أمريكي | امريكي | أمريكية | امريكية", "UY": "uruguayan", "UZ": "uzbek", "VE": "venezuelan", "VN": "vietnamese",
    "YE": "yemeni | يمني | يمنية", "ZM": "zambian", "ZW": "zimbabwean",
}  # fmt: skip

# Words of everyday language that are also a country's name or code.
EVERYDAY = frozenset({"us", "chad", "georgia", "jordan", "mali", "turkey", "polish", "عمان", "قطر", "المغرب"})
