"""Chinese names: after a role's word, or before a title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from streams.intake.deid.text.spans import Claim

HAN = "\u4e00-\u9fff"
"""The range of the characters, for a pattern's class."""
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪"
    "严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席"
    "卫查屈鲍位覃霍翁隋植甘景薄单包柏宁柯阮桂闵"
)
_SURNAME = (
    "(?:欧阳|太史|端木|上官|司马|东方|独孤|南宫|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容"
    f"|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|令狐|百里|呼延|东郭|南门|[{_SURNAMES}])"
)
_NOT_NAMES = re.compile(
    "申请|高[龄热血度信位]|于[今外我]|常[规见]|平素|何时|向[左右向前后上下]|左[侧肩下上腿手足]|全[身麻]|平卧|时有|成人|温度|安静"
    "|方便|水肿|白细|易疲|严重|单[侧纯发]|包括|石膏|关[节于]|金属|段[性椎]|项[部背]|曲度|查体|位于|成[角形]|任何"
    "|余[无未椎各]|文化|万向|龙骨|康复|马尾|毛糙|盛行|管腔|路径|时间|安排|程度|江湖|童年|游走|章节"
)
_ROLE = (
    "(?:报告|审核|诊断|主治|申请|送检|检查|书写|会诊|主管|接诊|临床)?(?:医师|医生)|报告者|审核者|记录者|记录人|书写者|报告人|审核人"
    "|签名|签字|签发|签署|技师|护士|审核|(?:患者|病人)?姓名|患者|病人|受检者|被检者|放射科|影像科|家属|联系人|陪护|其[妻夫子女母父]"
)
_ENDS = r"(?=[，,。、；;\s:：(（)）男女]|$|先生|女士|医师|医生|主任)"
_PATTERNS = (
    re.compile(rf"(?:{_ROLE})[】\]）)]?[ \t]*[:：][ \t]*(?P<v>[{HAN}·]{{2,4}}(?:[、/，, ][{HAN}]{{2,4}}(?=$|\s))?)"),
    re.compile(rf"(?:{_ROLE})[】\]）)]?[ \t]*(?P<v>{_SURNAME}[{HAN}]{{1,2}}){_ENDS}"),
    re.compile(rf"(?P<v>{_SURNAME}[{HAN}]{{0,2}}?)(?=先生|女士|医师|医生|主任|教授|大夫|护士长)"),
)


def han_names(text: str) -> Iterator[Claim]:
    """Yield Chinese names; a word that only begins like one (患者高龄) is none."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            if not _NOT_NAMES.match(text, found.start("v")):
                yield Claim(*found.span("v"), "name", "[NAME]")
