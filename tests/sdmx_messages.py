"""One small data set in all the messages of SDMX."""

import json

OBSERVATIONS = [
    ("DEU", "SYR", "F", "2014", "12.5", "A"),
    ("DEU", "SYR", "F", "2015", "30", "P"),
    ("DEU", "W", "_T", "2015", "80", "B"),
    ("FRA", "SYR", "F", "2015", "", "Q"),
]


def oecd_csv(sep=","):
    header = ["DATAFLOW", "REF_AREA", "CITIZENSHIP", "FREQ", "MEASURE", "SEX", "BIRTH_PLACE", "TIME_PERIOD",
              "OBS_VALUE", "OBS_STATUS", "UNIT_MEASURE", "UNIT_MULT", "DECIMALS"]  # fmt: skip
    body = [
        ["OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)", area, citizen, "A", "B11", sex, "_Z", time, value, status, "PS", "3", "0"]
        for area, citizen, sex, time, value, status in OBSERVATIONS
    ]
    return "".join(sep.join(line) + "\n" for line in [header, *body]).encode()


def header_ml(over="TIME_PERIOD"):
    return (
        "<mes:Header><mes:ID>X</mes:ID><mes:Prepared>2024-05-01T10:00:00</mes:Prepared>"
        f'<mes:Structure structureID="S" dimensionAtObservation="{over}"><com:StructureUsage>'
        '<Ref agencyID="OECD.ELS.IMD" id="DSD_MIG@DF_MIG" version="1.0"/></com:StructureUsage>'
        "</mes:Structure></mes:Header>"
    )


SPACES = (
    'xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:gen="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic" '
    'xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"'
)


def series():
    out = {}
    for area, citizen, sex, *rest in OBSERVATIONS:
        key = {
            "REF_AREA": area,
            "CITIZENSHIP": citizen,
            "FREQ": "A",
            "MEASURE": "B11",
            "SEX": sex,
            "BIRTH_PLACE": "_Z",
        }
        out.setdefault(tuple(key.items()), []).append(rest)
    return [(dict(key), rest) for key, rest in out.items()]


def generic():
    body = ""
    for key, rest in series():
        values = "".join(f'<gen:Value id="{name}" value="{code}"/>' for name, code in key.items())
        body += f"<gen:Series><gen:SeriesKey>{values}</gen:SeriesKey>"
        body += '<gen:Attributes><gen:Value id="UNIT_MULT" value="3"/></gen:Attributes>'
        for time, value, status in rest:
            number = f'<gen:ObsValue value="{value}"/>' if value else ""
            body += (
                f'<gen:Obs><gen:ObsDimension value="{time}"/>{number}<gen:Attributes>'
                f'<gen:Value id="OBS_STATUS" value="{status}"/></gen:Attributes></gen:Obs>'
            )
        body += "</gen:Series>"
    data = f"<mes:DataSet>{body}</mes:DataSet>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<mes:GenericData {SPACES}>{header_ml()}{data}</mes:GenericData>'


def generic_flat():
    body = ""
    for key, rest in series():
        for time, value, status in rest:
            values = "".join(
                f'<gen:Value id="{name}" value="{code}"/>' for name, code in {**key, "TIME_PERIOD": time}.items()
            )
            number = f'<gen:ObsValue value="{value}"/>' if value else ""
            body += (
                f"<gen:Obs><gen:ObsKey>{values}</gen:ObsKey>{number}<gen:Attributes>"
                f'<gen:Value id="OBS_STATUS" value="{status}"/>'
                '<gen:Value id="UNIT_MULT" value="3"/></gen:Attributes></gen:Obs>'
            )
    return f"<mes:GenericData {SPACES}>{header_ml('AllDimensions')}<mes:DataSet>{body}</mes:DataSet></mes:GenericData>"


def specific(flat=False):
    body = ""
    for key, rest in series():
        attributes = " ".join(f'{name}="{code}"' for name, code in key.items())
        observations = "".join(
            f'<Obs {attributes if flat else ""} TIME_PERIOD="{time}" {f"""OBS_VALUE="{value}" """ if value else ""}'
            f'OBS_STATUS="{status}" UNIT_MULT="3"/>'
            for time, value, status in rest
        )
        body += observations if flat else f"<Series {attributes}>{observations}</Series>"
    return (
        f'<mes:StructureSpecificData {SPACES} xmlns:ss="urn:ss" xmlns:xsi="urn:xsi">{header_ml()}'
        f'<mes:DataSet ss:dataScope="DataStructure" xsi:type="a:b" ss:structureRef="S" action="Replace">'
        f"{body}</mes:DataSet>"
        "</mes:StructureSpecificData>"
    )


def compact_2_0():
    space = "http://www.SDMX.org/resources/SDMXML/schemas/v2_0/message"
    body = specific().split("<mes:DataSet", 1)[1].split(">", 1)[1].split("</mes:DataSet>")[0]
    return (
        f'<CompactData xmlns="{space}"><Header><ID>X</ID></Header>'
        f'<o:DataSet xmlns:o="urn:oecd" keyFamilyURI="urn:k">{body}'
        "</o:DataSet></CompactData>"
    )


def structure(levels):
    codes = {}
    for key, rest in series():
        for name, code in key.items():
            codes.setdefault(name, {})[code] = f"label of {code}"
        for time, *_ in rest:
            codes.setdefault("TIME_PERIOD", {})[time] = time
    component = {
        name: {"id": name, "values": [{"id": code, "name": label} for code, label in values.items()]}
        for name, values in codes.items()
    }
    at = {name: list(values) for name, values in codes.items()}
    names = list(component)
    statuses = ["A", "P", "B", "Q"]
    return (
        at,
        names,
        {
            "dimensions": {
                "dataSet": [],
                "series": [component[name] for name in names[:-1]] if levels else [],
                "observation": [component[name] for name in (names[-1:] if levels else names)],
            },
            "attributes": {
                "dataSet": [{"id": "UNIT_MULT", "values": [{"id": "3", "name": "Thousands"}]}],
                "series": [],
                "observation": [{"id": "OBS_STATUS", "values": [{"id": one, "name": one} for one in statuses]}],
            },
        },
    )


def sdmx_json(version, levels=True):
    at, names, whole = structure(levels)
    statuses = ["A", "P", "B", "Q"]
    sets: dict = {"action": "Replace", "attributes": [0]}
    for key, rest in series():
        place = ":".join(str(at[name].index(key[name])) for name in names[:-1])
        for time, value, status in rest:
            figure = [float(value) if value else None, statuses.index(status)]
            moment = str(at["TIME_PERIOD"].index(time))
            if levels:
                one = sets.setdefault("series", {}).setdefault(place, {"attributes": [], "observations": {}})
                one["observations"][moment] = figure
            else:
                sets.setdefault("observations", {})[f"{place}:{moment}"] = figure
    link = [
        {
            "rel": "dataflow",
            "urn": "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=OECD.ELS.IMD:DSD_MIG@DF_MIG(1.0)",
        }
    ]
    if version == "2.0":
        sets["structure"] = 0
        return json.dumps(
            {"meta": {"prepared": "2024-05-01"}, "data": {"dataSets": [sets], "structures": [whole | {"links": link}]}}
        )
    if version == "1.0":
        return json.dumps({"meta": {}, "data": {"dataSets": [sets], "structure": whole | {"links": link}}})
    return json.dumps({"header": {"id": "x"}, "dataSets": [sets], "structure": whole})
