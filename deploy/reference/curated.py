"""The hand-kept half of the reference data: what no package knows about Shanxi's divisions.

Everything here has a source. Dates of redistricting are those of the *code*: the first day of the
month whose county-level code table (Ministry of Civil Affairs, monthly) first carries the new code,
so they are exact to the month. The deciding document and its date stand in the source text.
"""

from __future__ import annotations

from typing import Any

PROVINCE = {
    "code": "140000",
    "key": "shanxi",
    "name": "山西省",
    "short_name": "山西",
    "english_name": "Shanxi",
}

# Readings the dictionary gets wrong in these names. Source: the romanised names of GB/T 2260.
READINGS = {
    "长治": [["cháng"], ["zhì"]],
    "洪洞": [["hóng"], ["tóng"]],
    "繁峙": [["fán"], ["shì"]],
}
# Where input methods type "lv", the printed name is written with the umlaut.
ENGLISH = {"141100": "Lüliang"}

# Counties that share their bare name with others are told apart by the city's name.
SHORT_NAMES = {
    "140302": "阳泉城区",
    "140303": "阳泉矿区",
    "140311": "阳泉郊区",
    "140502": "晋城城区",
}

_NBS = "国家统计局统计用区划代码（不属于GB/T 2260）"
_CITY_PAGE = "太原市生态环境部门公开排名，2024年12月：与各区并列考核，未见统计用区划代码"

# Functional zones: scored beside counties, outside GB/T 2260, boundaries not published as data.
ZONES: list[dict[str, Any]] = [
    {
        "key": "shanxi-taiyuan-zonggai-zone",
        "name": "山西转型综合改革示范区",
        "short_name": "综改示范区",
        "english_name": "Shanxi Transformation and Comprehensive Reform Demonstration Zone",
        "parent": "140100",
        "code": "140171",
        "source": _NBS,
    },
    {
        "key": "shanxi-taiyuan-zhongbei-zone",
        "name": "太原中北高新技术产业开发区",
        "short_name": "中北高新区",
        "english_name": "Taiyuan Zhongbei High-tech Industrial Development Zone",
        "parent": "140100",
        "code": None,
        "source": _CITY_PAGE,
    },
    {
        "key": "shanxi-datong-jingkai-zone",
        "name": "山西大同经济开发区",
        "short_name": "大同经开区",
        "english_name": "Datong Economic Development Zone",
        "parent": "140200",
        "code": "140271",
        "source": _NBS,
    },
    {
        "key": "shanxi-changzhi-gaoxin-zone",
        "name": "山西长治高新技术产业园区",
        "short_name": "长治高新区",
        "english_name": "Changzhi High-tech Industrial Park",
        "parent": "140400",
        "code": "140471",
        "source": _NBS,
    },
    {
        "key": "shanxi-shuozhou-jingkai-zone",
        "name": "山西朔州经济开发区",
        "short_name": "朔州经开区",
        "english_name": "Shuozhou Economic Development Zone",
        "parent": "140600",
        "code": "140671",
        "source": _NBS,
    },
    {
        "key": "shanxi-xinzhou-wutaishan-zone",
        "name": "五台山风景名胜区",
        "short_name": "五台山景区",
        "english_name": "Wutaishan Scenic Area",
        "parent": "140900",
        "code": "140971",
        "source": _NBS,
    },
]

_DATONG = "国函〔2018〕22号（2018-02-09批复）；民政部县级以上行政区划代码2018年7月起采用新代码"
_HUAIREN = "民函〔2018〕46号；2018-08-08挂牌；民政部县级以上行政区划代码2018年8月起采用新代码"
_CHANGZHI = "国函〔2018〕87号（2018-06-19批复）；民政部县级以上行政区划代码2018年12月起采用新代码"
_TAIGU = "国函〔2019〕104号（2019-12-09公布）；民政部县级以上行政区划代码2019年12月起采用新代码"

# One entry per decree. `ended`: code, name; `moves`: from code, to code, "whole" or "part", what moved.
DECREES: list[dict[str, Any]] = [
    {
        "on": "2018-07-01",
        "source": _DATONG,
        "ended": [
            ("140202", "城区"),
            ("140203", "矿区"),
            ("140211", "南郊区"),
            ("140227", "大同县"),
        ],
        "moves": [
            ("140202", "140213", "part", "除西花园、老平旺外的十二个街道"),
            ("140202", "140214", "part", "西花园街道、老平旺街道"),
            ("140203", "140214", "whole", ""),
            ("140211", "140213", "part", "水泊寺乡、新旺乡、马军营乡"),
            (
                "140211",
                "140214",
                "part",
                "高山镇、云冈镇、口泉乡、平旺乡、西韩岭乡、鸦儿崖乡",
            ),
            ("140211", "140212", "part", "古店镇"),
            ("140227", "140215", "whole", ""),
        ],
        "created": ["140213", "140214", "140215"],
    },
    {
        "on": "2018-08-01",
        "source": _HUAIREN,
        "ended": [("140624", "怀仁县")],
        "moves": [("140624", "140681", "whole", "")],
        "created": ["140681"],
    },
    {
        "on": "2018-12-01",
        "source": _CHANGZHI,
        "ended": [
            ("140402", "城区"),
            ("140411", "郊区"),
            ("140421", "长治县"),
            ("140424", "屯留县"),
            ("140481", "潞城市"),
        ],
        "moves": [
            ("140402", "140403", "whole", ""),
            ("140411", "140403", "whole", ""),
            ("140421", "140404", "whole", ""),
            ("140424", "140405", "whole", ""),
            ("140481", "140406", "whole", ""),
        ],
        "created": ["140403", "140404", "140405", "140406"],
    },
    {
        "on": "2019-12-01",
        "source": _TAIGU,
        "ended": [("140726", "太谷县")],
        "moves": [("140726", "140703", "whole", "")],
        "created": ["140703"],
    },
]

_BASIN_SINCE = "2020-01-01"  # the first day on which every code listed below was in force
_GEOGRAPHY = "地理范围（专家整理，未见政策名单）"

# Joint-control areas. Members: code, from, to (exclusive), confidence, source.
AREAS: list[dict[str, Any]] = [
    {
        "key": "fenhe-valley",
        "name": "汾河谷地",
        "english_name": "Fen River Valley",
        "kind": "joint_control",
        "note": "方案点名，未见县级名单；暂按所涉五市整体列入，公布后改为谷地县区。",
        "members": [
            {
                "codes": ["140100", "140700", "141000", "140800", "141100"],
                "valid_from": _BASIN_SINCE,
                "confidence": "medium",
                "source": "山西省落实《空气质量持续改善行动计划》实施方案（2024-03-21发布会）点名；成员为专家整理",
            }
        ],
    },
    {
        "key": "taiyuan-basin",
        "name": "太原盆地",
        "english_name": "Taiyuan Basin",
        "kind": "joint_control",
        "note": "地理范围有据（阳曲至孝义）；作为政策名单尚待证实。",
        "members": [
            {
                "codes": [
                    *[
                        "140105",
                        "140106",
                        "140107",
                        "140108",
                        "140109",
                        "140110",
                        "140121",
                        "140122",
                    ],
                    *["140702", "140703", "140727", "140728", "140781"],
                    *["141121", "141122", "141181", "141182"],
                ],
                "valid_from": _BASIN_SINCE,
                "confidence": "medium",
                "source": "太原盆地地理范围（公开地理资料：北起阳曲、南至孝义）；作为政策名单为专家整理",
            }
        ],
    },
    {
        "key": "datong-basin",
        "name": "大同盆地",
        "english_name": "Datong Basin",
        "kind": "joint_control",
        "note": "",
        "members": [
            {
                "codes": [
                    *["140212", "140213", "140214", "140215", "140221", "140225"],
                    *["140602", "140621", "140622", "140681"],
                ],
                "valid_from": _BASIN_SINCE,
                "confidence": "low",
                "source": _GEOGRAPHY,
            }
        ],
    },
    {
        "key": "xinding-basin",
        "name": "忻定盆地",
        "english_name": "Xinding Basin",
        "kind": "joint_control",
        "note": "",
        "members": [
            {
                "codes": ["140902", "140921", "140923", "140924", "140981"],
                "valid_from": _BASIN_SINCE,
                "confidence": "medium",
                "source": _GEOGRAPHY,
            }
        ],
    },
    {
        "key": "shangdang-basin",
        "name": "上党盆地",
        "english_name": "Shangdang Basin",
        "kind": "joint_control",
        "note": "",
        "members": [
            {
                "codes": [
                    "140403",
                    "140404",
                    "140405",
                    "140406",
                    "140423",
                    "140427",
                    "140428",
                ],
                "valid_from": _BASIN_SINCE,
                "confidence": "medium",
                "source": _GEOGRAPHY,
            }
        ],
    },
    {
        "key": "fenwei-plain",
        "name": "汾渭平原",
        "english_name": "Fenwei Plain",
        "kind": "national",
        "note": "国家重点区域，本省部分。",
        "members": [
            {
                "codes": ["140700", "140800", "141000", "141100"],
                "valid_from": "2018-07-01",
                "confidence": "high",
                "source": "晋政发〔2018〕30号",
            },
            {
                "codes": ["140100", "140300", "140400", "140500"],
                "valid_from": "2023-11-30",
                "confidence": "high",
                "source": "空气质量持续改善行动计划（2023年，82城）重新划定；本省八市为专家整理",
            },
        ],
    },
    {
        "key": "jingjinji-surroundings",
        "name": "京津冀及周边地区",
        "english_name": "Beijing-Tianjin-Hebei and Surroundings",
        "kind": "national",
        "note": "国家重点区域，本省部分；2023年重新划定后本省四市转入汾渭平原。",
        "members": [
            {
                "codes": ["140100", "140300", "140400", "140500"],
                "valid_from": "2018-07-01",
                "valid_to": "2023-11-30",
                "confidence": "high",
                "source": "晋政发〔2018〕30号",
            }
        ],
    },
]
