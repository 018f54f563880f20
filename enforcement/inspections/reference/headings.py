"""Files of online monitoring: the words a heading may have for each column, and how a month is written."""

import re

MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*(?:月|[-/.月]\s*\d{1,2}\s*日?)?")
#: Column -> the words a heading may have for it.
TITLES: dict[str, tuple[str, ...]] = {
    "permit_no": ("排污许可证编号", "许可证编号", "排污许可证号"),
    "uscc": ("统一社会信用代码", "信用代码"),
    "name": ("点位", "点位名称", "企业名称", "企业", "单位名称"),
    "month": ("月份", "统计月份", "年月"),
    "due": ("应传小时值", "应传", "应传个数", "应传数", "应传小时值（个）"),
    "arrived": ("实传小时值", "实传", "实传个数", "实传数", "实传小时值（个）"),
    "valid": ("有效小时值", "有效", "有效个数", "有效数", "有效小时值（个）"),
    "source": ("出处", "来源", "数据来源"),
}
