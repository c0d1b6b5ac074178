"""Urdu in its own script: what appointments, numbers and plain answers need."""

from surereply.understanding.tables.shape import LanguageTable, listed, numbered, paired, spaced

UR = LanguageTable(
    function_words=spaced(
        """کا کی کے کو سے میں پر اور یا ہے ہیں ہوں تھا یہ وہ مجھے میرا میری میرے ہم آپ کیا کب کہاں کیسے کتنا کتنے
        کتنی کون کیوں نہیں جی ہاں تو بھی ہی تک لیکن ایک چاہیے کرنا کرنی"""
    ),
    common_words=spaced(
        """کچھ کوئی یہاں ابھی پہلے بعد پھر اچھا ٹھیک بات دن رات صبح شام آج کل پرسوں سب صرف بس کرو نام نمبر فون
        لوگ پتہ بتاتا بہت گھٹیا سروس خرچہ ہوگا کروانی شکریہ السلام علیکم کسی"""
    ),
    asking_words=listed("کیا | کب | کہاں | کیسے | کتنا | کتنے | کتنی | کون | کیوں"),
    asking_anywhere=listed("کتنا | کتنی | کتنے | کہاں | کیوں"),
    yes=listed("ہاں | جی | جی ہاں | ہاں جی | بالکل | صحیح | ٹھیک ہے | ٹھیک | اوکے"),
    no=listed("نہیں | جی نہیں | نہ | بالکل نہیں | نہیں ہے"),
    accepts=listed("ہاں | ٹھیک ہے | صحیح ہے | اوکے | منظور"),
    declines=listed("نہیں | دوسرا | کوئی اور"),
    dont_know=listed("پتہ نہیں | نہیں پتہ | معلوم نہیں | ابھی پتہ نہیں | مجھے نہیں پتہ"),
    later=listed("بعد میں | بعد میں بتاتا ہوں | ابھی نہیں | پھر کبھی"),
    refuses=listed("نہیں بتانا | نہیں بتانا چاہتا"),
    thanks=listed("شکریہ | بہت شکریہ | مہربانی"),
    greetings=listed("السلام علیکم | سلام | ہیلو | آداب"),
    goodbyes=listed("خدا حافظ | اللہ حافظ"),
    angry=listed("گھٹیا | بکواس | دھوکہ | فراڈ | بیکار | بدتمیز"),
    legal=listed("پولیس | وکیل | عدالت | کیس کروں گا"),
    discount=listed("ڈسکاؤنٹ | رعایت | کم کریں | سستا | مہنگا"),
    corrects=listed("میرا مطلب | معاف | غلط ہے | اصل میں | بدل دیں"),
    stop=listed("بند کرو | روکو"),
    start=listed("شروع"),
    person_phrases=listed("کسی سے بات | انسان سے بات | مینیجر سے بات | مجھے کال کریں | نمائندے سے بات"),
    polite=listed("جی | پلیز | براہ کرم | شکریہ | ہے | ہوں | چاہیے | بھائی | لوگ"),
    negations=listed("نہیں | بغیر | مت"),
    alternatives=listed("یا"),
    conjunctions=listed("اور | یا | لیکن | ہے | ہوں | سے | کو | میں | کے | کا | کی"),
    numbers=numbered(
        """0: صفر | 1: ایک | 2: دو | 3: تین | 4: چار | 5: پانچ | 6: چھ | 7: سات | 8: آٹھ | 9: نو | 10: دس | 11:
        گیارہ | 12: بارہ | 15: پندرہ | 20: بیس | 25: پچیس | 30: تیس | 40: چالیس | 50: پچاس | 60: ساٹھ | 70: ستر |
        80: اسی | 90: نوے"""
    ),
    mixed_numbers={"ڈیڑھ": 1.5, "ڈھائی": 2.5},
    fractions_before={"ساڑھے": 0.5, "سوا": 0.25, "پونے": -0.25},
    multipliers=numbered("100: سو | 1000: ہزار | 100000: لاکھ | 10000000: کروڑ"),
    people_nouns=listed("لوگ | افراد | بچے | بڑے"),
    months=numbered(
        """1: جنوری | 2: فروری | 3: مارچ | 4: اپریل | 5: مئی | 6: جون | 7: جولائی | 8: اگست | 9: ستمبر | 10:
        اکتوبر | 11: نومبر | 12: دسمبر"""
    ),
    weekdays=numbered("0: پیر | 1: منگل | 2: بدھ | 3: جمعرات | 4: جمعہ | 5: ہفتہ | 6: اتوار"),
    relative_days=numbered("0: آج, آج ہی | 1: کل | 2: پرسوں"),
    next_words=listed("اگلے | اگلی"),
    this_words=listed("اس"),
    near_next=True,
    hence_words=listed("بعد | میں"),
    units=paired(
        """day: دن | week: ہفتہ, ہفتے | month: مہینہ, مہینے, ماہ | year: سال | hour: گھنٹہ, گھنٹے | minute: منٹ"""
    ),
    one_words=listed("ایک"),
    day_marks_behind=listed("تاریخ"),
    range_words=listed("سے"),
    hour_marks=listed("بجے"),
    am_words=listed("صبح"),
    pm_words=listed("شام | رات | دوپہر"),
    periods={
        "صبح": ("08:00", "12:00"),
        "دوپہر": ("12:00", "16:00"),
        "شام": ("17:00", "21:00"),
        "رات": ("20:00", "23:00"),
    },
    name_cues=listed("میرا نام | نام"),
    place_behind=listed("میں | سے | کے پاس | تک"),
    start_behind=listed("سے"),
    end_behind=listed("تک"),
    alone=listed("صرف میں | اکیلا"),
    people_before=listed("ہم"),
    currencies=paired("PKR: روپے, روپیہ | USD: ڈالر"),
    any_words=listed("کوئی بھی | کچھ بھی | کبھی بھی"),
)
