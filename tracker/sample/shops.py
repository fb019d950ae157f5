"""The sample's two shops: brands as different as two shops can be, their goods, their offers and their people."""

from dataclasses import dataclass, field
from decimal import Decimal

from carriers.sandbox.lives import Place


@dataclass(frozen=True, slots=True)
class Good:
    sku: str
    category: str
    picture: str
    price: Decimal
    names: dict[str, str]
    care: dict[str, str] = field(default_factory=dict)
    setup_guide: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    slug: str
    name: str
    warehouse: Place
    brand: dict
    texts: dict
    goods: tuple[Good, ...]
    offer: dict
    # The shop's accounts, and by which of them it is told instead of asking.
    carriers: tuple[str, ...]
    pushed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shopper:
    name: str
    language: str
    home: Place
    phone: str


KOTIRANTA = Shop(
    slug="kotiranta",
    name="Kotiranta",
    warehouse=Place("Berlin", "10115", "DE"),
    carriers=("dhl-unified", "fedex"),
    pushed=("dhl-unified",),
    brand={
        "primary_colour": "#24513f",
        "accent_colour": "#a8552a",
        "background_colour": "#f7f3ec",
        "font": "serif",
        "radius": 4,
        "default_language": "fi",
        "time_zone": "Europe/Helsinki",
        "country": "DE",
        "website": "https://kotiranta.example",
        "support_email": "apua@kotiranta.example",
        "support_phone": "+358 9 1234 5670",
        "email_from": "tilaukset@kotiranta.example",
        "sms_from": "+15005550006",
        "postal_address": "Kotiranta Oy, Rantakatu 4, 00100 Helsinki",
    },
    texts={
        "support_hours_en": "Monday to Friday, 9 to 17",
        "support_hours_fi": "Maanantaista perjantaihin klo 9–17",
        "support_hours_de": "Montag bis Freitag, 9 bis 17 Uhr",
        "support_hours_ar": "من الاثنين إلى الجمعة، من 9 إلى 17",
        "returns_policy_en": "You may send anything back within 30 days. We pay the way home.",
        "returns_policy_fi": "Voit palauttaa kaiken 30 päivän kuluessa. Me maksamme palautuksen.",
        "returns_policy_de": "Alles darf innerhalb von 30 Tagen zurück. Den Rückweg zahlen wir.",
        "returns_policy_ar": "يمكنك إعادة أي شيء خلال 30 يومًا، ونحن ندفع أجرة الإرجاع.",
    },
    goods=(
        Good(
            "LAMP-01",
            "lamps",
            "lamp",
            Decimal("89.00"),
            {"en": "Linen lamp", "fi": "Pellavavalaisin", "de": "Leinenlampe", "ar": "مصباح من الكتان"},
            {
                "en": "Dust the shade with a dry cloth; a bulb of up to 40 W.",
                "fi": "Pyyhi varjostin kuivalla liinalla; lamppu enintään 40 W.",
                "de": "Den Schirm trocken abstauben; Leuchtmittel bis 40 W.",
                "ar": "امسح الغطاء بقطعة قماش جافة؛ مصباح حتى 40 واط.",
            },
            "https://kotiranta.example/help/lamp",
        ),
        Good(
            "BLANKET-02",
            "textiles",
            "blanket",
            Decimal("119.00"),
            {"en": "Wool blanket", "fi": "Villapeitto", "de": "Wolldecke", "ar": "بطانية صوف"},
            {
                "en": "Air it outdoors; wash by hand at 30 °C.",
                "fi": "Tuuleta ulkona; käsinpesu 30 °C.",
                "de": "An der Luft lüften; Handwäsche bei 30 °C.",
                "ar": "تُهوّى في الخارج، وتُغسل باليد على 30 درجة.",
            },
        ),
        Good(
            "MUG-03",
            "kitchen",
            "mug",
            Decimal("24.00"),
            {"en": "Stoneware mug", "fi": "Kivitavaramuki", "de": "Steingutbecher", "ar": "كوب خزفي"},
        ),
        Good(
            "STOOL-04",
            "furniture",
            "stool",
            Decimal("149.00"),
            {"en": "Birch stool", "fi": "Koivujakkara", "de": "Birkenhocker", "ar": "مقعد من خشب البتولا"},
            setup_guide="https://kotiranta.example/help/stool",
        ),
    ),
    offer={
        "link": "https://kotiranta.example/candles",
        "title_en": "Light for the dark months",
        "title_fi": "Valoa pimeään aikaan",
        "title_de": "Licht für die dunklen Monate",
        "title_ar": "نور لأشهر الشتاء",
        "body_en": "Candles from a small workshop in Turku, 15 % off with your next order.",
        "body_fi": "Kynttilöitä turkulaisesta pienestä verstaasta, −15 % seuraavasta tilauksesta.",
        "body_de": "Kerzen aus einer kleinen Werkstatt in Turku, 15 % günstiger bei der nächsten Bestellung.",
        "body_ar": "شموع من ورشة صغيرة في توركو، بخصم 15٪ على طلبك القادم.",
        "button_en": "See the candles",
        "button_fi": "Katso kynttilät",
        "button_de": "Zu den Kerzen",
        "button_ar": "شاهد الشموع",
    },
)

RADWERK = Shop(
    slug="radwerk",
    name="Radwerk",
    warehouse=Place("Köln", "50667", "DE"),
    carriers=("ups", "fedex"),
    pushed=("ups",),
    brand={
        "primary_colour": "#14417d",
        "accent_colour": "#c2471b",
        "background_colour": "#f3f6fa",
        "font": "system",
        "radius": 16,
        "default_language": "de",
        "time_zone": "Europe/Berlin",
        "country": "DE",
        "website": "https://radwerk.example",
        "support_email": "hilfe@radwerk.example",
        "support_phone": "+49 221 5550 120",
        "email_from": "bestellung@radwerk.example",
        "sms_from": "+15005550009",
        "postal_address": "Radwerk GmbH, Am Ring 12, 50667 Köln",
    },
    texts={
        "support_hours_en": "Every day, 8 to 20",
        "support_hours_fi": "Joka päivä klo 8–20",
        "support_hours_de": "Täglich von 8 bis 20 Uhr",
        "support_hours_ar": "كل يوم من 8 إلى 20",
        "returns_policy_en": "Not the right size? Send it back within 60 days, ridden or not.",
        "returns_policy_fi": "Väärä koko? Palauta 60 päivän kuluessa, ajettunakin.",
        "returns_policy_de": "Passt nicht? Innerhalb von 60 Tagen zurück, auch gefahren.",
        "returns_policy_ar": "المقاس غير مناسب؟ أعده خلال 60 يومًا حتى لو استعملته.",
    },
    goods=(
        Good(
            "HELM-11",
            "helmets",
            "helmet",
            Decimal("79.90"),
            {"en": "City helmet", "fi": "Kaupunkikypärä", "de": "Stadthelm", "ar": "خوذة للمدينة"},
            {
                "en": "Replace it after any crash, even without a visible crack.",
                "fi": "Vaihda kypärä jokaisen kolarin jälkeen, vaikka halkeamaa ei näkyisi.",
                "de": "Nach jedem Sturz ersetzen, auch ohne sichtbaren Riss.",
                "ar": "استبدلها بعد أي حادث حتى لو لم يظهر شق.",
            },
            "https://radwerk.example/help/helmet",
        ),
        Good(
            "LIGHT-12",
            "lights",
            "light",
            Decimal("49.90"),
            {"en": "Front light", "fi": "Etuvalo", "de": "Frontlicht", "ar": "ضوء أمامي"},
            setup_guide="https://radwerk.example/help/light",
        ),
        Good(
            "BAG-13",
            "bags",
            "bag",
            Decimal("99.00"),
            {"en": "Pannier bag", "fi": "Sivulaukku", "de": "Gepäcktasche", "ar": "حقيبة جانبية"},
        ),
        Good(
            "BELL-14",
            "parts",
            "bell",
            Decimal("18.50"),
            {"en": "Brass bell", "fi": "Messinkikello", "de": "Messingklingel", "ar": "جرس نحاسي"},
        ),
    ),
    offer={
        "link": "https://radwerk.example/winter",
        "title_en": "Ready for winter?",
        "title_fi": "Valmiina talveen?",
        "title_de": "Bereit für den Winter?",
        "title_ar": "هل أنت مستعد للشتاء؟",
        "body_en": "Studded tyres and mudguards that fit the bike you ride.",
        "body_fi": "Nastarenkaat ja lokasuojat, jotka sopivat juuri sinun pyörääsi.",
        "body_de": "Spikereifen und Schutzbleche, die zu deinem Rad passen.",
        "body_ar": "إطارات شتوية وواقيات تناسب دراجتك.",
        "button_en": "Winter gear",
        "button_fi": "Talvivarusteet",
        "button_de": "Winterausrüstung",
        "button_ar": "عدّة الشتاء",
    },
)

SHOPS = (KOTIRANTA, RADWERK)

# What Kotiranta says itself when a parcel is with the driver.
OWN_WORDS = {
    "channel": "email",
    "language": "en",
    "subject": "Today is the day: order {order}",
    "headline": "It comes today",
    "story": "The driver of {carrier} has it: {product}.",
}

HELSINKI = Place("Helsinki", "00100", "FI")
TAMPERE = Place("Tampere", "33100", "FI")
HAMBURG = Place("Hamburg", "20095", "DE")
LONDON = Place("London", "SW1A 1AA", "GB")
DUBAI = Place("Dubai", "00000", "AE")
NEW_YORK = Place("New York", "10001", "US", state="NY")

SHOPPERS = (
    Shopper("Aino Virtanen", "fi", HELSINKI, "+358401234567"),
    Shopper("Grace Whitfield", "en", LONDON, "+447400123456"),
    Shopper("Jonas Becker", "de", HAMBURG, "+4915112345678"),
    Shopper("Layla Haddad", "ar", DUBAI, "+971501234567"),
    Shopper("Eero Lahti", "fi", TAMPERE, "+358451234567"),
    Shopper("Maya Torres", "en", NEW_YORK, "+12125550123"),
)
