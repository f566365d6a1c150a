"""Words of invented names. Brands are pairs of characters that companies hardly use together."""

from dataclasses import dataclass
from typing import Final

CITIES: Final[dict[str, tuple[str, ...]]] = {
    "east": ("3101", "3201", "3202", "3204", "3205", "3206", "3301", "3302", "3304", "3306", "3310", "3401", "3402"),
    "south": ("4401", "4403", "4404", "4406", "4413", "4419", "4420", "3501", "3502", "3505", "4501", "4301", "4302"),
    "north": ("1101", "1201", "1301", "1306", "2101", "2102", "3701", "3702", "3706", "4101", "4201", "5001", "5101", "6101"),
}  # fmt: skip
"""Whose team sells where: codes of prefecture-level cities."""

FIRST: Final = "翀璟珩澍砺昶骁霁翊垚翎熠湛岫旻铎瑄祺珏蔚钧沄炆烜玥琰瑾璨睿骐骞鸷翯岚峤嵘楠梓榛樾"
SECOND: Final = "澍珩砺翊骁铎翎堃煦昶霁岫瀚恺祯峻屹泓澔湜溯炀焱煜珺琮瑭璞甫畅皓皙硕磐禾穆竑筠翰"


@dataclass(frozen=True, slots=True)
class Trade:
    """A line of business: its division in GB/T 4754, words in names, what it buys, how its industry looks (0–100)."""

    industry: str
    words: tuple[str, ...]
    buys: tuple[str, ...]
    outlook: int
    weight: int


PARTS: Final = ("精密轴套", "传动零件", "紧固件", "数控加工件")
CASES: Final = ("铝合金壳体", "钣金结构件", "散热器件", "注塑外壳")
BOXES: Final = ("瓦楞包装", "精品礼盒", "缓冲内衬", "周转箱")
CLEAN: Final = ("医用包材", "无菌吸塑盒", "药用铝箔", "精密轴套")

TRADES: Final = (
    Trade("C36", ("汽车零部件", "车业", "汽车电子", "车身系统"), PARTS, 72, 12),
    Trade("C39", ("电子", "光电", "通信设备", "智能科技"), CASES, 82, 14),
    Trade("C38", ("电气", "电机", "新能源", "储能科技"), CASES, 88, 10),
    Trade("C35", ("专用设备", "自动化设备", "医疗器械", "机器人"), PARTS, 84, 10),
    Trade("C34", ("机械", "泵阀", "液压", "压缩机"), PARTS, 62, 12),
    Trade("C40", ("仪器", "测控技术", "光学仪器"), PARTS, 76, 5),
    Trade("C33", ("金属制品", "五金", "工具"), PARTS, 50, 6),
    Trade("C27", ("药业", "生物制药", "制药"), CLEAN, 80, 6),
    Trade("C14", ("食品", "烘焙食品", "乳业"), BOXES, 58, 6),
    Trade("C15", ("酒业", "饮品", "茶业"), BOXES, 52, 4),
    Trade("C26", ("日化", "涂料", "新材料"), BOXES, 60, 4),
    Trade("C29", ("塑胶", "橡塑制品"), BOXES, 46, 3),
    Trade("C21", ("家居", "家具"), BOXES, 38, 3),
    Trade("F51", ("贸易", "供应链", "商贸"), BOXES, 48, 4),
    Trade("F52", ("电子商务", "连锁商业"), BOXES, 55, 2),
    Trade("G59", ("仓储", "物流"), BOXES, 57, 2),
)
SUFFIXES: Final = ("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司")
TAKES_A_KIND: Final = (
    "零部件",
    "电子",
    "光电",
    "通信设备",
    "电气",
    "电机",
    "设备",
    "机械",
    "泵阀",
    "液压",
    "金属",
    "五金",
    "家居",
    "涂料",
)
KINDS: Final = ("", "", "", "科技", "实业", "制造", "工业")

SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红建文辉斌波宁云鹏飞婷雪晨阳子涵雨欣思远嘉怡俊泽浩然梓轩诗琪佳慧志国海燕春梅晓东振宇立新永康"
TITLES: Final = (
    ("采购经理", "采购总监", "采购主管", "供应链经理"),
    ("技术部经理", "研发工程师", "质量经理", "生产主管"),
    ("财务经理", "总经理", "副总经理", "仓储主管"),
)
"""The first contact buys, the second makes, the third pays or decides."""
