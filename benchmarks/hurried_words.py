"""Words for ``benchmarks.hurried``: forms of one word, brands by ear, words that say nothing."""

from typing import Final

_PAIRS: Final = """
    деньги/денег скидки/скидок посылки/посылок письма/писем справки/справок ссылки/ссылок
    подписки/подписок окна/окон заявки/заявок песни/песен кресла/кресел стекла/стекол
    копейки/копеек наклейки/наклеек тарелки/тарелок деревни/деревень полотенца/полотенец
    сестры/сестер ведра/ведер таможня/таможен кольца/колец сердца/сердец звонки/звонка
    подарок/подарка список/списка кошелек/кошелька конец/конца образец/образца рынок/рынка
    значок/значка бутылки/бутылок кнопки/кнопок карточки/карточек папки/папок
    вкладки/вкладок настройки/настроек поездки/поездок сделки/сделок оценки/оценок
    упаковки/упаковок ставки/ставок доставка/доставок отправки/отправок рассрочка/рассрочек
    ошибка/ошибок покупки/покупок сумки/сумок куртка/курток чашки/чашек игрушки/игрушек
    рубашка/рубашек выписка/выписок задержка/задержек парковка/парковок башня/башен
    сотня/сотен пятна/пятен число/чисел земля/земель масло/масел
"""
PAIRS: Final = tuple(tuple(pair.split("/")) for pair in _PAIRS.split())
"""Sixty nouns whose stem loses or gains a vowel."""

_BRANDS: Final = """
    WhatsApp/ватсап Apple_Pay/эппл_пэй YouTube/ютуб Android/андроид iPhone/айфон
    Telegram/телеграм Google/гугл Viber/вайбер Instagram/инстаграм Facebook/фейсбук
    Windows/виндовс Bluetooth/блютуз Wi-Fi/вайфай Samsung/самсунг Huawei/хуавей Xiaomi/сяоми
    PayPal/пейпал Visa/виза MasterCard/мастеркард Skype/скайп Zoom/зум Steam/стим
    Discord/дискорд TikTok/тикток Twitter/твиттер Netflix/нетфликс Spotify/спотифай
    Uber/убер Excel/эксель Chrome/хром iCloud/айклауд iPad/айпад MacBook/макбук Rutube/рутуб
    Shorts/шортс Google_Play/гугл_плей Face_ID/фейс_айди Smart_TV/смарт_тв
    AliExpress/алиэкспресс Outlook/аутлук
"""
BRANDS: Final = tuple(tuple(pair.split("/")) for pair in _BRANDS.split())
"""Forty brands as the FAQ writes them and as clients do; ``_`` is a space."""

ASKED: Final = ("работает ли {}", "есть ли у вас {}", "как подключить {}", "проблема с {}")
"""How a FAQ speaks of a brand."""
BY_EAR: Final = ("{} есть?", "{} работает?", "не подключается {}", "а {} поддерживаете")
"""How a client does."""

ABOUT: Final = ("какие есть {}", "вопрос про {}")
FORMS: Final = ("нет {}", "много {}", "не вижу {}")

FOREIGN: Final = {
    "ru": ("есть ли у вас {}", "у вас есть {}", "работаете ли вы с {}", "где у вас {}",
           "когда у вас будет {}", "можно ли мне {}", "как у вас с {}", "что у вас за {}"),
    "en": ("do you have {}", "is there any {} here", "when will you have {}", "can i have {}",
           "where is your {}", "how do you do {}", "what about your {}", "are you with {}"),
}  # fmt: skip
"""Function words around one that no FAQ here has."""
STRANGE: Final = {
    "ru": ("стоянкой", "туалет", "батут", "динозавр", "гардероб", "саксофон", "кальян", "пони"),
    "en": ("trampoline", "dinosaurs", "wardrobe", "saxophone", "hookah", "ponies", "sauna", "yoga"),
}

BEFORE: Final = {
    "ru": "пользуюсь вашими услугами уже третий год и всегда всё нравилось",
    "en": "i have been your customer for three years and always liked it very much",
}
AFTER: Final = {
    "ru": "очень жду ответа потому что завтра уезжаю",
    "en": "waiting for your reply as soon as possible because i leave tomorrow",
}
ADDED: Final = {
    "number": " 4581233", "order id": " № AB-20417", "phone": " +7 912 345-67-89",
    "date": " 12.03.2026", "number and date": " 4581233 от 12.03.2026",
}  # fmt: skip
"""What people add to a question."""
