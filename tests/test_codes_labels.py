"""Labels of sex and age, as publishers print them: those of the real files, and those of offices in other languages."""

import csv
import gzip
import re

import pandas as pd
import pytest

import migstat as ms
from migstat.errors import CodeError

CALAMINE = pytest.importorskip("python_calamine")


def sexes(labels):
    return dict(zip(labels, ms.codes.recode(list(labels), "sex"), strict=True))


def ages(labels):
    return dict(zip(labels, ms.codes.recode(list(labels), "age"), strict=True))


def texts(path):
    """All short texts of a workbook; some versions of calamine put a NUL after each letter of old ones."""
    book = CALAMINE.CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python():
            yield from (cell.replace("\0", "") for cell in row if isinstance(cell, str) and len(cell) < 100)


# ---- the files where they lie


@pytest.mark.parametrize(
    ("file", "age_at", "sex_at"), [("estat_migr_imm8.tsv", 2, 4), ("migr_emi2.tsv", 0, 3), ("migr_emi2.tsv.gz", 0, 3)]
)
def test_eurostat(shared, file, age_at, sex_at):
    path = shared / "data" / "eurostat" / file
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    keys = [line.split("\t", 1)[0].split(",") for line in text.splitlines()[1:]]
    assert sexes({key[sex_at] for key in keys}) == {"F": "F", "M": "M", "T": "_T"}
    expected = {"TOTAL": "_T", "UNK": "_U", "Y_LT1": "Y0", "Y_GE100": "Y_GE100"} | {
        f"Y{a}": f"Y{a}" for a in range(1, 100)
    }
    assert ages({key[age_at] for key in keys}) == expected


def test_oecd(shared):
    old = pd.read_csv(shared / "data" / "oecd" / "MIG_02052023143458762.csv", dtype=str)
    assert sexes({*old["GEN"], *old["Gender"]}) == {"TOT": "_T", "Total": "_T"}
    new = pd.read_csv(shared / "data" / "oecd" / "international migration database.csv", dtype=str)
    assert sexes({*new["SEX"], *new["Sex"]}) == {"_T": "_T", "Total": "_T"}


def test_statistics_sweden(shared):
    frame = pd.read_csv(shared / "data" / "scb" / "sweden_immigration.csv", encoding="cp1252", dtype=str)
    assert sexes(set(frame["sex"])) == {"men": "M", "women": "F"}


def test_nepal(shared):
    with (shared / "data" / "nepal_dofe" / "asar-2079.csv").open(encoding="utf-8", newline="") as file:
        header = list(csv.reader(file))[2]
    assert sexes(set(header) - {"Country"}) == {"Male": "M", "Female": "F", "Total": "_T"}


def test_idmc(shared):
    path = shared / "data" / "idmc" / "2023" / "IDMC_Internal_Displacement_Conflict-Violence_Disasters.xlsx"
    sheet = CALAMINE.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("2_IDPs_SADD_estimates").to_python()
    assert sexes({row[sheet[0].index("Sex")] for row in sheet[1:]}) == {"Both sexes": "_T", "Female": "F", "Male": "M"}
    groups = {cell for cell in sheet[0] if isinstance(cell, str) and re.match(r"\d", cell)}
    bounds = {label: re.fullmatch(r"(\d+)(?:-(\d+)|\+)", label).groups() for label in groups}
    expected = {label: f"Y{low}T{high}" if high else f"Y_GE{low}" for label, (low, high) in bounds.items()}
    assert ages(groups) == expected
    assert len(groups) == 13


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("un_desa/UN_MigrantStockTotal_2015.xlsx", {"_T", "F", "M"}),
        ("un_desa/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx", {"_T", "F", "M"}),
        ("un_desa_wpp/WPP2017_MIGR_F02_NET_NUMBER_OF_MIGRANTS.xlsx", {"_T"}),
    ],
)
def test_titles_of_the_united_nations(shared, file, found):
    """The sex stands at the end of a title: after a comma, or in brackets."""
    said = re.compile(
        r"mid-year, (\w[\w ]*?)(?: \(thousands\))?$|migrants, (\w[\w ]*?)(?: \(|$)"
        r"|\(([a-z ]*\b(?:male|female|sexes)\b[a-z ]*)\)$"
    )
    labels = {
        next(filter(None, match.groups())) for text in texts(shared / "data" / file) if (match := said.search(text))
    }
    assert set(sexes(labels).values()) == found


def test_shares_of_women_are_no_sex(shared):
    found = [
        text for text in texts(shared / "data" / "un_desa" / "UN_MigrantStockTotal_2015.xlsx") if "percentage" in text
    ]
    assert found
    for text in found:
        with pytest.raises(CodeError):
            sexes([text])


def test_destatis(shared):
    lines = (
        (shared / "data" / "destatis" / "migration_country_genesis_raw.csv").read_text(encoding="utf-8-sig").split("\n")
    )
    found = {cell for line in lines for cell in line.split(";")} & {"Insgesamt", "insgesamt", "Zusammen"}
    assert found
    assert set(sexes(found).values()) == {"_T"}


# ---- offices of other languages

SEXES = {
    "Spanish": {"Hombres": "M", "Mujeres": "F", "Ambos sexos": "_T", "Varón": "M", "Masculino": "M", "No consta": "_U"},
    "French": {"Hommes": "M", "Femmes": "F", "Ensemble": "_T", "Les deux sexes": "_T", "Féminin": "F", "Inconnu": "_U"},
    "German": {"männlich": "M", "weiblich": "F", "Insgesamt": "_T", "divers": "_O", "ohne Angabe": "_U", "Männer": "M"},
    "Swedish": {"män": "M", "kvinnor": "F", "Båda könen": "_T", "totalt": "_T", "uppgift saknas": "_U"},
    "Italian": {"maschi": "M", "femmine": "F", "Totale": "_T", "maschi e femmine": "_T", "uomini": "M", "donne": "F"},
    "Portuguese": {"Homens": "M", "Mulheres": "F", "HM": "_T", "Ambos os sexos": "_T", "Ignorado": "_U"},
    "Nepali": {"पुरुष": "M", "महिला": "F", "जम्मा": "_T", "अन्य": "_O"},
    "Arabic": {"ذكور": "M", "إناث": "F", "المجموع": "_T", "كلا الجنسين": "_T", "غير مبين": "_U"},
    "English": {"Male and female": "_T", "M": "M", "BTSX": "_T", "UNK": "_U", "Females": "F"},
}

AGES = {
    "Spanish": {
        "De 0 a 4 años": "Y0T4",
        "85 y más años": "Y_GE85",
        "100 años o más": "Y_GE100",
        "Menos de 1 año": "Y0",
    },
    "French": {"15 à 24 ans": "Y15T24", "65 ans et plus": "Y_GE65", "Moins de 15 ans": "Y0T14", "Tous âges": "_T"},
    "German": {
        "15 bis unter 25 Jahre": "Y15T24",
        "15 bis 24 Jahre": "Y15T24",
        "unter 1 Jahr": "Y0",
        "85 Jahre und mehr": "Y_GE85",
        "65 Jahre und älter": "Y_GE65",
        "insgesamt": "_T",
        "Alter unbekannt": "_U",
    },
    "Swedish": {"0-4 år": "Y0T4", "100+ år": "Y_GE100", "65 år och äldre": "Y_GE65", "totalt ålder": "_T"},
    "Italian": {
        "15-24 anni": "Y15T24",
        "fino a 17 anni": "Y0T17",
        "65 anni e più": "Y_GE65",
        "100 anni e oltre": "Y_GE100",
    },
    "Portuguese": {
        "0 - 4 anos": "Y0T4",
        "65 e mais anos": "Y_GE65",
        "65 anos ou mais": "Y_GE65",
        "menos de 1 ano": "Y0",
    },
    "Nepali": {"१५-२४ वर्ष": "Y15T24", "६५ वर्ष र सोभन्दा माथि": "Y_GE65", "सबै उमेर": "_T"},
    "Arabic": {"١٥ - ٢٤ سنة": "Y15T24", "65 سنة فأكثر": "Y_GE65", "أقل من 15 سنة": "Y0T14", "غير مبين": "_U"},
    "English": {"Under 5": "Y0T4", "75 and over": "Y_GE75", "Y15T24": "Y15T24", "Y_LT15": "Y0T14", "65+": "Y_GE65"},
}


@pytest.mark.parametrize("language", SEXES)
def test_languages(language):
    for printed, read in ((SEXES[language], sexes), (AGES[language], ages)):
        assert read(printed) == printed
        loud = {label.upper(): code for label, code in printed.items()}
        assert read(loud) == loud


@pytest.mark.parametrize("label", ["1", "2", "0", "9", "H", "W", "K", "V", "Varones (%)", "hombres/mujeres"])
def test_no_silent_guess_of_a_sex(label):
    """H, W and K are a sex in some schemes only; a column of H and M is refused, so that M is not misread."""
    with pytest.raises(CodeError):
        sexes([label])


@pytest.mark.parametrize("label", ["über 65", "más de 65 años", "plus de 65 ans", "6 mois", "3 Monate", "bis 17"])
def test_no_silent_guess_of_an_age(label):
    with pytest.raises(CodeError):
        ages([label])
