"""The cast of the demo: invented people, homes and staff of two invented residential complexes.

Data only. Telephone numbers are of ranges kept for fiction or never given out, addresses of mail
end in example.com, and every name is made up. The stand-in gives the phone people their phones;
the seed fills the database from the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CastProject:
    """A residential complex."""

    code: str
    name: str
    timezone: str
    language: str
    address: str


@dataclass(frozen=True)
class CastBuilding:
    """A building; `number` counts within its project."""

    project: str
    number: int
    name: str


@dataclass(frozen=True)
class Home:
    """A flat; `key` is project, building and running number, `number` is what the door says."""

    key: str
    project: str
    building: int
    entrance: str
    floor: int
    number: str


@dataclass(frozen=True)
class Person:
    """Somebody who lives in or owns a home.

    `role` is owner, family, tenant or stranger. Those with a `telegram_id` have a phone in the
    browser; `linked` tells whether the company already knows that their Telegram account is theirs
    or whether they still have to register.
    """

    key: str
    first_name: str
    last_name: str
    phone: str
    language: str
    home: str | None
    role: str
    telegram_id: int | None = None
    username: str = ""
    language_code: str = ""
    linked: bool = False
    other_homes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As its bearer writes it."""
        if self.language == "zh":
            return self.last_name + self.first_name
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class CastDepartment:
    """A department of one project."""

    project: str
    code: str
    name: str


@dataclass(frozen=True)
class CastStaff:
    """A member of staff; `project` is None for those of head office.

    `role` is operator, agent, manager or admin; only operators have a `department`. Those with a `telegram_id` have a
    phone in the browser, on which their jobs arrive.
    """

    name: str
    email: str
    role: str
    project: str | None
    department: str | None
    languages: tuple[str, ...]
    telegram_id: int | None = None


PROJECTS = (
    CastProject("A", "Alder Court", "Europe/London", "en", "1-3 Alder Lane, Mossbridge"),
    CastProject("J", "Jardines del Sol", "Europe/Madrid", "es", "Paseo del Limonar 10, Valdeluz"),
)

BUILDINGS = (
    CastBuilding("A", 1, "Birch House"),
    CastBuilding("A", 2, "Cedar House"),
    CastBuilding("A", 3, "Maple House"),
    CastBuilding("J", 1, "Edificio Azahar"),
    CastBuilding("J", 2, "Edificio Brisa"),
    CastBuilding("J", 3, "Edificio Coral"),
)

# What the ten doors of every building say: entrance, floor, and the number in each project's way.
_DOORS = (
    ("1", 0, "1", "Bajo A"),
    ("1", 0, "2", "Bajo B"),
    ("1", 1, "3", "1º A"),
    ("1", 1, "4", "1º B"),
    ("1", 2, "5", "2º A"),
    ("1", 2, "6", "2º B"),
    ("2", 1, "7", "1º C"),
    ("2", 1, "8", "1º D"),
    ("2", 2, "9", "2º C"),
    ("2", 2, "10", "2º D"),
)

HOMES = tuple(
    Home(
        f"{building.project}-{building.number}-{count:02d}",
        building.project,
        building.number,
        entrance,
        floor,
        english if building.project == "A" else spanish,
    )
    for building in BUILDINGS
    for count, (entrance, floor, english, spanish) in enumerate(_DOORS, start=1)
)

PEOPLE = (
    Person(
        "a-1-01-main",
        "Hazel",
        "Fernsby",
        "+44 7700 900001",
        "en",
        "A-1-01",
        "owner",
        5001,
        "hazel_fernsby",
        "en",
        True,
    ),
    Person("a-1-02-main", "Rowan", "Thistlewood", "+44 7700 900002", "en", "A-1-02", "owner"),
    Person(
        "a-1-03-main",
        "晓溪",
        "竹",
        "+86 100 0000 0001",
        "zh",
        "A-1-03",
        "owner",
        5002,
        "zhu_xiaoxi",
        "zh-hans",
        True,
    ),
    Person("a-1-04-main", "Juniper", "Marlowe-Finch", "+44 7700 900003", "en", "A-1-04", "tenant"),
    Person("a-1-05-main", "Lucía", "Almendro", "+34 600 000 001", "es", "A-1-05", "owner"),
    Person("a-1-06-main", "Barnaby", "Quillfeather", "+44 7700 900004", "en", "A-1-06", "owner"),
    Person("a-1-07-main", "Clementine", "Brambleton", "+44 7700 900005", "en", "A-1-07", "owner"),
    Person("a-1-08-main", "云舟", "桂", "+86 100 0000 0002", "zh", "A-1-08", "owner"),
    Person("a-1-09-main", "Alfie", "Cobblepot", "+44 7700 900006", "en", "A-1-09", "tenant"),
    Person("a-1-10-main", "Marigold", "Wexcombe", "+44 7700 900007", "en", "A-1-10", "owner"),
    Person("a-2-01-main", "Jasper", "Nettlefield", "+44 7700 900008", "en", "A-2-01", "owner"),
    Person(
        "a-2-02-main",
        "Odette",
        "Larkspur",
        "+44 7700 900009",
        "en",
        "A-2-02",
        "owner",
        5003,
        "",
        "en",
        True,
    ),
    Person("a-2-03-main", "小满", "梧", "+86 100 0000 0003", "zh", "A-2-03", "owner"),
    Person(
        "a-2-04-main",
        "Percy",
        "Applegarth",
        "+44 7700 900010",
        "en",
        "A-2-04",
        "tenant",
        5004,
        "percy_applegarth",
        "en",
        False,
    ),
    Person("a-2-05-main", "Mateo", "Zarzamora", "+34 600 000 002", "es", "A-2-05", "owner"),
    Person("a-2-06-main", "Tabitha", "Mossbank", "+44 7700 900011", "en", "A-2-06", "owner"),
    Person("a-2-07-main", "Ned", "Haywain", "+44 7700 900012", "en", "A-2-07", "owner"),
    Person("a-2-08-main", "听雨", "荷", "+86 100 0000 0004", "zh", "A-2-08", "owner"),
    Person("a-2-09-main", "Poppy", "Sallowby", "+44 7700 900013", "en", "A-2-09", "tenant"),
    Person("a-2-10-main", "Giles", "Rookwood", "+44 7700 900014", "en", "A-2-10", "owner"),
    Person("a-3-01-main", "Winnie", "Barleycorn", "+44 7700 900015", "en", "A-3-01", "owner"),
    Person("a-3-02-main", "Felix", "Penhallow-Reed", "+44 7700 900016", "en", "A-3-02", "owner"),
    Person("a-3-03-main", "星河", "柏", "+86 100 0000 0005", "zh", "A-3-03", "owner"),
    Person("a-3-04-main", "Ivy", "Tansley-Oak", "+44 7700 900017", "en", "A-3-04", "tenant"),
    Person(
        "a-3-05-main",
        "Carmela",
        "Tomillar",
        "+34 600 000 003",
        "es",
        "A-3-05",
        "owner",
        5005,
        "",
        "es",
        False,
    ),
    Person("a-3-06-main", "Monty", "Foxgrove", "+44 7700 900018", "en", "A-3-06", "owner"),
    Person("a-3-07-main", "Flora", "Kettlewick", "+44 7700 900019", "en", "A-3-07", "owner"),
    Person("a-3-08-main", "青禾", "兰", "+86 100 0000 0006", "zh", "A-3-08", "owner"),
    Person("a-3-09-main", "Basil", "Sorrelhurst", "+44 7700 900020", "en", "A-3-09", "tenant"),
    Person("a-3-10-main", "Dora", "Plumridge", "+44 7700 900021", "en", "A-3-10", "owner"),
    Person(
        "j-1-01-main",
        "Nicanor",
        "Acebal",
        "+34 600 000 004",
        "es",
        "J-1-01",
        "owner",
        5006,
        "nicanor_acebal",
        "es",
        True,
    ),
    Person("j-1-02-main", "Rosario", "Jazminero", "+34 600 000 005", "es", "J-1-02", "owner"),
    Person(
        "j-1-03-main",
        "Ambrose",
        "Willowmere",
        "+44 7700 900022",
        "en",
        "J-1-03",
        "owner",
        5007,
        "ambrose_willowmere",
        "en",
        True,
    ),
    Person("j-1-04-main", "Fermín", "Olivares-Luna", "+34 600 000 006", "es", "J-1-04", "tenant"),
    Person("j-1-05-main", "暖阳", "柳", "+86 100 0000 0007", "zh", "J-1-05", "owner"),
    Person("j-1-06-main", "Amapola", "Cerezal", "+34 600 000 007", "es", "J-1-06", "owner"),
    Person("j-1-07-main", "Gaspar", "Retamero", "+34 600 000 008", "es", "J-1-07", "owner"),
    Person("j-1-08-main", "Nell", "Copperfinch", "+44 7700 900023", "en", "J-1-08", "owner"),
    Person("j-1-09-main", "Violeta", "Encinar", "+34 600 000 009", "es", "J-1-09", "tenant"),
    Person("j-1-10-main", "Leocadio", "Hinojosa-Sol", "+34 600 000 010", "es", "J-1-10", "owner"),
    Person("j-2-01-main", "Jacinta", "Madroño", "+34 600 000 011", "es", "J-2-01", "owner"),
    Person("j-2-02-main", "Telmo", "Avellaneda-Mar", "+34 600 000 012", "es", "J-2-02", "owner"),
    Person("j-2-03-main", "Edmund", "Starling-Moss", "+44 7700 900024", "en", "J-2-03", "owner"),
    Person("j-2-04-main", "Azucena", "Limonero", "+34 600 000 013", "es", "J-2-04", "tenant"),
    Person(
        "j-2-05-main",
        "初雪",
        "梅",
        "+86 100 0000 0008",
        "zh",
        "J-2-05",
        "owner",
        5009,
        "",
        "zh-hans",
        False,
    ),
    Person("j-2-06-main", "Baltasar", "Romeral", "+34 600 000 014", "es", "J-2-06", "owner"),
    Person("j-2-07-main", "Dalia", "Ciruelo", "+34 600 000 015", "es", "J-2-07", "owner"),
    Person("j-2-08-main", "Bonnie", "Heatherdale", "+44 7700 900025", "en", "J-2-08", "owner"),
    Person("j-2-09-main", "Evaristo", "Lavandín", "+34 600 000 016", "es", "J-2-09", "tenant"),
    Person("j-2-10-main", "Celinda", "Naranjal", "+34 600 000 017", "es", "J-2-10", "owner"),
    Person("j-3-01-main", "Ulises", "Granadal", "+34 600 000 018", "es", "J-3-01", "owner"),
    Person("j-3-02-main", "Begonia", "Sauceda", "+34 600 000 019", "es", "J-3-02", "owner"),
    Person("j-3-03-main", "Rufus", "Oakapple", "+44 7700 900026", "en", "J-3-03", "owner"),
    Person(
        "j-3-04-main",
        "Crisanto",
        "Pinares",
        "+34 600 000 020",
        "es",
        "J-3-04",
        "tenant",
        5010,
        "crisanto_pinares",
        "es",
        False,
    ),
    Person("j-3-05-main", "望舒", "杏", "+86 100 0000 0009", "zh", "J-3-05", "owner"),
    Person("j-3-06-main", "Noelia", "Tilodoro", "+34 600 000 021", "es", "J-3-06", "owner"),
    Person("j-3-07-main", "Anselmo", "Moraleda-Río", "+34 600 000 022", "es", "J-3-07", "owner"),
    Person("j-3-08-main", "Maisie", "Lindenfold", "+44 7700 900027", "en", "J-3-08", "owner"),
    Person("j-3-09-main", "Petunia", "Castañar", "+34 600 000 023", "es", "J-3-09", "tenant"),
    Person("j-3-10-main", "Severo", "Espliego", "+34 600 000 024", "es", "J-3-10", "owner"),
    Person("a-1-01-family", "Hugo", "Cloverleigh", "+44 7700 900028", "en", "A-1-01", "family"),
    Person("a-1-05-family", "Margarita", "Brezales", "+34 600 000 025", "es", "A-1-05", "family"),
    Person("a-2-02-family", "Olmo", "Higueral", "+34 600 000 026", "es", "A-2-02", "family"),
    Person("a-2-07-family", "沐风", "枫", "+86 100 0000 0010", "zh", "A-2-07", "family"),
    Person("a-3-03-family", "知夏", "棠", "+86 100 0000 0011", "zh", "A-3-03", "family"),
    Person("j-1-01-family", "拾光", "槐", "+86 100 0000 0012", "zh", "J-1-01", "family"),
    Person("j-1-06-family", "远山", "松", "+86 100 0000 0013", "zh", "J-1-06", "family"),
    Person(
        "j-2-02-family",
        "Higinio",
        "Colmenar",
        "+34 600 000 027",
        "es",
        "J-2-02",
        "family",
        5008,
        "higinio_colmenar",
        "es",
        True,
    ),
    Person("j-3-04-family", "若溪", "桐", "+86 100 0000 0015", "zh", "J-3-04", "family"),
    Person("j-3-08-family", "长歌", "菊", "+86 100 0000 0016", "zh", "J-3-08", "family"),
)

STRANGER = Person(
    "stranger", "Wanda", "Passerby", "+44 7700 900990", "en", None, "stranger", 5011, "", "en"
)

PHONE_PEOPLE = (*(person for person in PEOPLE if person.telegram_id is not None), STRANGER)

DEPARTMENTS = (
    CastDepartment("A", "maintenance", "Maintenance"),
    CastDepartment("A", "cleaning", "Cleaning"),
    CastDepartment("A", "security", "Security"),
    CastDepartment("A", "landscaping", "Landscaping"),
    CastDepartment("A", "concierge", "Concierge"),
    CastDepartment("A", "accounts", "Accounts"),
    CastDepartment("J", "maintenance", "Mantenimiento"),
    CastDepartment("J", "cleaning", "Limpieza"),
    CastDepartment("J", "security", "Seguridad"),
    CastDepartment("J", "landscaping", "Jardinería"),
    CastDepartment("J", "concierge", "Conserjería"),
    CastDepartment("J", "accounts", "Administración"),
)

STAFF = (
    CastStaff(
        "Sam Wrenfield", "sam.wrenfield@example.com", "operator", "A", "maintenance", ("en", "zh")
    ),
    CastStaff(
        "Tilly Boltsworth",
        "tilly.boltsworth@example.com",
        "operator",
        "A",
        "maintenance",
        ("en",),
        5101,
    ),
    CastStaff(
        "Gus Pipesley", "gus.pipesley@example.com", "operator", "A", "maintenance", ("en",), 5102
    ),
    CastStaff("Bea Broomhall", "bea.broomhall@example.com", "operator", "A", "cleaning", ("en",)),
    CastStaff(
        "Olly Dustmoor", "olly.dustmoor@example.com", "operator", "A", "cleaning", ("en", "zh")
    ),
    CastStaff("Max Gatewood", "max.gatewood@example.com", "operator", "A", "security", ("en",)),
    CastStaff("Kit Lanternby", "kit.lanternby@example.com", "operator", "A", "security", ("en",)),
    CastStaff(
        "Fern Hedgecombe", "fern.hedgecombe@example.com", "operator", "A", "landscaping", ("en",)
    ),
    CastStaff(
        "Arlo Rosehip", "arlo.rosehip@example.com", "operator", "A", "landscaping", ("en", "zh")
    ),
    CastStaff(
        "Connie Bellgrove", "connie.bellgrove@example.com", "operator", "A", "concierge", ("en",)
    ),
    CastStaff("Ted Parcelby", "ted.parcelby@example.com", "operator", "A", "concierge", ("en",)),
    CastStaff("Abby Ledgerton", "abby.ledgerton@example.com", "operator", "A", "accounts", ("en",)),
    CastStaff(
        "Cal Pennywell", "cal.pennywell@example.com", "operator", "A", "accounts", ("en", "zh")
    ),
    CastStaff(
        "Ramiro Llavero", "ramiro.llavero@example.com", "operator", "J", "maintenance", ("es", "zh")
    ),
    CastStaff(
        "Elvira Tornillo",
        "elvira.tornillo@example.com",
        "operator",
        "J",
        "maintenance",
        ("es", "en"),
    ),
    CastStaff(
        "Chema Bombillas",
        "chema.bombillas@example.com",
        "operator",
        "J",
        "maintenance",
        ("es", "en"),
    ),
    CastStaff(
        "Sole Escobedo-Flor",
        "sole.escobedoflor@example.com",
        "operator",
        "J",
        "cleaning",
        ("es", "en"),
    ),
    CastStaff(
        "Paco Fregonal", "paco.fregonal@example.com", "operator", "J", "cleaning", ("es", "zh")
    ),
    CastStaff(
        "Vega Farolas", "vega.farolas@example.com", "operator", "J", "security", ("es", "en")
    ),
    CastStaff(
        "Dimas Puertabuena",
        "dimas.puertabuena@example.com",
        "operator",
        "J",
        "security",
        ("es", "en"),
    ),
    CastStaff("Lila Setos", "lila.setos@example.com", "operator", "J", "landscaping", ("es", "en")),
    CastStaff(
        "Juan Maceta", "juan.maceta@example.com", "operator", "J", "landscaping", ("es", "zh")
    ),
    CastStaff(
        "Nuria Timbres", "nuria.timbres@example.com", "operator", "J", "concierge", ("es", "en")
    ),
    CastStaff(
        "Beltrán Buzones", "beltran.buzones@example.com", "operator", "J", "concierge", ("es", "en")
    ),
    CastStaff(
        "Inés Facturín", "ines.facturin@example.com", "operator", "J", "accounts", ("es", "en")
    ),
    CastStaff(
        "Leo Céntimos", "leo.centimos@example.com", "operator", "J", "accounts", ("es", "zh")
    ),
    CastStaff("Ada Deskworth", "ada.deskworth@example.com", "agent", "A", None, ("en", "es")),
    CastStaff("Milo Listenby", "milo.listenby@example.com", "agent", "A", None, ("en", "zh")),
    CastStaff("Gloria Atenta", "gloria.atenta@example.com", "agent", "J", None, ("es", "en")),
    CastStaff("Bruno Escuchal", "bruno.escuchal@example.com", "agent", "J", None, ("es", "zh")),
    CastStaff("Prudence Overlook", "prudence.overlook@example.com", "manager", "A", None, ("en",)),
    CastStaff("Máximo Vigía", "maximo.vigia@example.com", "manager", "J", None, ("es", "en")),
    CastStaff("Addy Minster", "admin@example.com", "admin", None, None, ("en", "es", "zh")),
)
