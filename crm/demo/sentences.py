"""What the people of the demo write down. {who} is the contact, {what} a product."""

from typing import Final

from accounts.models import Department
from customers.models import Channel, Topic

EVIDENCE: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "service_response": (
        ("一般问题隔周答复即可，从未催办。", "对响应时间没有要求，习惯邮件沟通。"),
        ("多数问题两三天内答复即可。", "仅在换型时要求当天回复，其余时间宽松。"),
        ("合同约定24小时内响应，执行情况正常。", "要求工作日当天回复，夜间不打扰。"),
        ("产线停机需4小时内到场，合同写明响应时限。", "两班生产，要求晚间也有人接听。"),
        ("连续生产，要求1小时内响应、8小时内解决，并指定专人。", "供货协议约定全天候响应，每月考核一次。"),
    ),
    "expansion_plan": (
        ("正在缩减产线，今年已关停一个车间。", "采购表示今年预算缩减，无新增计划。"),
        ("产能维持现状，两年内没有扩建打算。", "设备更新推迟到后年，暂无新项目。"),
        ("计划更换部分老设备，产能小幅提升。", "正在评估新增一条产线，尚未立项。"),
        ("二期厂房已封顶，明年新增两条产线。", "新项目已通过环评，预计用量增加三成。"),
        ("新基地投产在即，已邀请我们参与供应商定点。", "董事会批准扩产，未来两年用量预计翻番。"),
    ),
    "referral_ability": (
        ("在同行中联系较少，没有转介绍意愿。", "采购由集团统一管理，无法推荐。"),
        ("偶尔提到同行，但不愿牵线。", "表示合作再稳定一些会考虑推荐。"),
        ("去年介绍过一家同园区企业，尚在接触。", "愿意在展会上为我们站台。"),
        ("已介绍两家下游企业，其中一家成交。", "行业协会理事单位，主动在会上推荐我们。"),
        ("近一年转介绍三家并全部成交，愿意提供案例。", "行业龙头，其供应商名录对同行有示范作用。"),
    ),
}  # fmt: skip

TALKS: Final[tuple[tuple[Department, Channel, str], ...]] = (
    (Department.SALES, Channel.PHONE, "与{who}通话，确认下月{what}的排产计划。"),
    (Department.SALES, Channel.WECHAT, "{who}询问{what}的交期，已回复两周内可发。"),
    (Department.SALES, Channel.VISIT, "拜访{who}，参观产线，了解{what}的使用情况。"),
    (Department.SALES, Channel.WECHAT, "向{who}发送原材料价格走势，对方希望锁定季度价格。"),
    (Department.SALES, Channel.PHONE, "{who}反馈{what}质量稳定，来年用量会略增。"),
    (Department.SALES, Channel.EMAIL, "发出{what}的报价单，三种规格，含税到厂。"),
    (Department.SALES, Channel.ONLINE, "线上会议，与{who}核对年度框架条款。"),
    (Department.SALES, Channel.PHONE, "提醒{who}本月到期货款，对方答应月底前安排。"),
    (Department.SERVICE, Channel.PHONE, "回访{who}，上批{what}验收合格，无异议。"),
    (Department.SERVICE, Channel.WECHAT, "{who}反映外箱标签不清，已补发并更换标签模板。"),
    (Department.TECHNICAL, Channel.ONLINE, "与{who}讨论{what}的公差要求，更新图纸一版。"),
    (Department.TECHNICAL, Channel.VISIT, "到现场协助{who}调试，记录装配尺寸三组。"),
    (Department.LOGISTICS, Channel.PHONE, "与{who}约定卸货时段，下批{what}分两车发运。"),
    (Department.LOGISTICS, Channel.WECHAT, "通知{who}车辆已出厂，预计次日上午到达。"),
)
INTEREST: Final[tuple[tuple[Topic, Channel, str], ...]] = (
    (Topic.NEW_PRODUCT, Channel.PHONE, "{who}主动来电询问新品{what}，索要样品两套。"),
    (Topic.NEW_PRODUCT, Channel.WECHAT, "{who}再次询问新品规格，希望看检测报告。"),
    (Topic.NEW_PRODUCT, Channel.VISIT, "{who}带队来厂参观，对新款{what}的定制方案很感兴趣。"),
    (Topic.BULK, Channel.WECHAT, "{who}表示下季度打算批量采购{what}，请我们提前报价。"),
)
KEPT: Final[dict[str, tuple[str, ...]]] = {
    Department.SALES: (
        "按计划联系{who}，近期订单正常，没有新的问题。",
        "与{who}沟通顺利，对方希望下月提前备货。",
        "{who}提到新项目进展，约定下次带样品。",
        "已完成，{who}对上批交付表示满意。",
    ),
    Department.SERVICE: (
        "回访{who}，满意度较高，建议增加到货预告。",
        "与{who}完成例行沟通，记录两条改进建议。",
    ),
    Department.TECHNICAL: (
        "现场检查{what}的使用情况，更换易损件。",
        "与{who}确认工艺参数，培训操作人员三名。",
    ),
    Department.LOGISTICS: ("跟进在途订单，与{who}确认到货时间。", "核对{who}的库存，安排下批发运。"),
}

REQUESTS: Final[dict[Department, tuple[tuple[str, str, str], ...]]] = {
    Department.SERVICE: (
        ("到货数量短少", "收货时发现少两箱，请核对发货单。", "核对后为装车遗漏，已随下批补发。"),
        ("申请更换外箱标签", "客户要求标签增加批次二维码。", "已更换标签模板并发样确认。"),
        ("对账单有出入", "上月对账单与收货数量不一致。", "已更正对账单并重新盖章寄出。"),
        ("表面划伤投诉", "抽检发现少量表面划伤，要求说明原因。", "更换周转托盘，八项整改报告已发。"),
    ),
    Department.TECHNICAL: (
        ("图纸公差确认", "新机型配合面公差需要我方确认。", "技术部复核后给出建议公差并更新图纸。"),
        ("材料替代方案", "客户希望用轻量材料替代，请评估强度。", "出具对比测试报告，推荐方案二。"),
        ("装配异响排查", "装配后有轻微异响，请派人到现场。", "现场调整预紧力，异响消除。"),
        ("定制结构打样", "需要按新结构打样五套。", "样件已寄出，尺寸报告同附。"),
        ("使用培训申请", "新员工较多，申请一次使用培训。", "已完成半天培训，签到表存档。"),
    ),
    Department.LOGISTICS: (
        ("要求提前交货", "产线提前换型，希望提前三天到货。", "协调加急车辆，提前两天送达。"),
        ("更改收货地址", "仓库搬迁，后续送到新厂区。", "系统地址已更新，司机已通知。"),
        ("包装破损", "雨天卸货，两托外包装受潮。", "已换货并改用防水缠绕膜。"),
    ),
}  # fmt: skip
SNOOZES: Final = (
    "客户正在盘点，约好下周再联系。",
    "对方负责人出差，回来后再约。",
    "等待新样品，样品到后一起拜访。",
    "客户年度体系审核，暂不接待。",
)
EXCUSES: Final = (
    "客户厂区停产检修，暂停一切来访。",
    "对方负责人离职，新人到岗前无法安排。",
    "客户搬迁期间主动要求暂停联系。",
)
SKIPS: Final = (
    "本周已在展会上见过面，这次不再单独联系。",
    "人手不足，本次先不安排。",
)
NOTES: Final = (
    "付款走集团审批，每月20日前需提交发票。",
    "收货只在工作日上午，需提前预约。",
    "对环保要求严格，包材需可回收标识。",
    "采购与质量双签，样品确认周期约两周。",
    "春节前通常提前备货一个月。",
    "新任采购负责人，关系需重新建立。",
    "竞争对手报价偏低，注意保护重点料号。",
    "希望每季度提供一次质量数据汇总。",
)
