"""The words of the vendors' own tables, in English and in Chinese: every one of them is written here alone.

What a status is called never says more than was seen. Three of the seven have no word in those documents that is true
of them: `partial` is not "Fully Supported", `accepted` is neither "Supported" nor "Ignored" (nothing can be seen from
outside), and `untested` is no "Not Supported". `broken` is "Not Supported" and says that it fails: a reader of those
documents takes the bare word for a clean refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.protocol.status import Deviation, Reason, Status
from conformance.report.vendor_lines import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A language of the table. `part` is how a part of a line that is otherwise supported is told; `fully` is for a
    line all of which was seen, `supported` for one with parts of which that cannot be said."""

    title: str
    sections: Mapping[Section, str]
    group: str
    field: str
    value: str
    message_field: tuple[str, str, str]
    support_status: str
    fully: str
    status: Mapping[Status, str]
    part: Mapping[Status, str]
    listed: str
    parentheses: str
    deviation: Mapping[Deviation, str]
    reason: Mapping[Reason, str]
    not_in_run: str
    notes: str
    note: str
    observed: str
    embedded: str
    dialect: str
    others: str


ENGLISH = Words(
    title="Messages API compatibility details",
    sections={
        Section.HEADERS: "HTTP Header",
        Section.SIMPLE: "Simple Fields",
        Section.TOOLS: "tools",
        Section.TOOL_CHOICE: "tool_choice",
        Section.MESSAGES: "Message Fields",
    },
    group="Tool Fields",
    field="Field",
    value="Value",
    message_field=("Field", "Variant", "Sub-Field"),
    support_status="Support Status",
    fully="Fully Supported",
    status={
        Status.SUPPORTED: "Supported",
        Status.PARTIAL: "Partially Supported",
        Status.ACCEPTED: "Accepted",
        Status.IGNORED: "Ignored",
        Status.REJECTED: "Not Supported",
        Status.BROKEN: "Not Supported (fails)",
        Status.UNTESTED: "Not Measured",
    },
    part={
        Status.PARTIAL: "{} is partially supported",
        Status.ACCEPTED: "{} is accepted",
        Status.IGNORED: "{} is ignored",
        Status.REJECTED: "{} is not supported",
        Status.BROKEN: "{} fails",
        Status.UNTESTED: "{} is not measured",
    },
    listed=", ",
    parentheses=" ({})",
    deviation={
        Deviation.UNREPORTED: "honoured, but not reported in the answer",
        Deviation.CLAMPED: "values are clamped",
        Deviation.MAPPED: "mapped to something else",
        Deviation.RENAMED: "under another name",
        Deviation.ONE_MODE: "only streamed, or only not streamed",
        Deviation.ONE_FORM: "in one form only",
        Deviation.UNSTEADY: "not every time",
        Deviation.UNSIGNED: "without a signature",
        Deviation.INCOMPLETE: "incomplete",
        Deviation.OTHER_REFUSAL: "refused, but not in the documented way",
        Deviation.EXTRA_KEYS: "with keys that are not documented",
        Deviation.IMPLAUSIBLE: "with figures that cannot be right",
        Deviation.FRAMING: "framed otherwise than documented",
        Deviation.BUFFERED: "sent all at once, not as it is made",
    },
    reason={
        Reason.UNREACHABLE: "the endpoint could not be reached",
        Reason.KEY_REFUSED: "the key was refused",
        Reason.RATE_LIMITED: "rate limited",
        Reason.CONTROL_REFUSED: "the same request without the field was refused",
        Reason.PREREQUISITE_REFUSED: "what the row needs first was refused",
        Reason.CONTEXT_TOO_SMALL: "the model's context is too small",
        Reason.MODEL_TOO_WEAK: "the model does not show what would tell",
        Reason.CUT: "the answers were cut before they showed anything",
        Reason.NOT_ATTRIBUTABLE: "the same was seen without the field",
        Reason.CANNOT_TELL: "what was seen does not tell",
        Reason.NEVER_EXERCISED: "never came up",
        Reason.NOT_ASKED: "asked on request only",
        Reason.NOT_APPLICABLE: "does not apply here",
        Reason.NO_CASSETTE: "not recorded",
        Reason.BUDGET: "the run's budget was spent",
        Reason.RUN_CUT: "the endpoint stopped answering on the way",
        Reason.CHANGED: "the endpoint changed during the run",
        Reason.UNSTABLE: "a different result each time",
        Reason.INTERNAL_ERROR: "a fault of the suite",
    },
    not_in_run="not among the rows of this run",
    notes="Notes",
    note="{row}: {words}",
    observed=(
        "Observed on {date} (UTC) with the model {model} at {url}, anthropic-version {version}, by {suite}; "
        "not stated by the vendor. {mode}"
    ),
    embedded="The endpoint is the suite's own, which acts as one. ",
    dialect="Every request carried: {}. ",
    others="Of {measured} rows, {shown} decide these {lines} lines; the others are in matrix.json.",
)

CHINESE = Words(
    title="Messages API 兼容性详情",
    sections={
        Section.HEADERS: "HTTP Headers",
        Section.SIMPLE: "基础字段",
        Section.TOOLS: "tools",
        Section.TOOL_CHOICE: "tool_choice",
        Section.MESSAGES: "消息字段支持",
    },
    group="工具支持",
    field="字段",
    value="字段",
    message_field=("字段类型", "变体", "子字段"),
    support_status="支持状态",
    fully="完全支持",
    status={
        Status.SUPPORTED: "支持",
        Status.PARTIAL: "部分支持",
        Status.ACCEPTED: "接受",
        Status.IGNORED: "忽略",
        Status.REJECTED: "不支持",
        Status.BROKEN: "不支持（调用出错）",
        Status.UNTESTED: "未测得",
    },
    part={
        Status.PARTIAL: "{} 部分支持",
        Status.ACCEPTED: "{} 被接受",
        Status.IGNORED: "{} 被忽略",
        Status.REJECTED: "{} 不支持",
        Status.BROKEN: "{} 调用出错",
        Status.UNTESTED: "{} 未测得",
    },
    listed="，",
    parentheses="（{}）",
    deviation={
        Deviation.UNREPORTED: "已生效，但响应中未体现",
        Deviation.CLAMPED: "取值被截断",
        Deviation.MAPPED: "被映射为其他值",
        Deviation.RENAMED: "使用了其他名称",
        Deviation.ONE_MODE: "仅流式或仅非流式有效",
        Deviation.ONE_FORM: "仅一种写法有效",
        Deviation.UNSTEADY: "并非每次有效",
        Deviation.UNSIGNED: "缺少签名",
        Deviation.INCOMPLETE: "不完整",
        Deviation.OTHER_REFUSAL: "被拒绝，但方式与文档不同",
        Deviation.EXTRA_KEYS: "含有文档之外的字段",
        Deviation.IMPLAUSIBLE: "数值不合理",
        Deviation.FRAMING: "事件格式与文档不同",
        Deviation.BUFFERED: "一次性返回，并非逐步返回",
    },
    reason={
        Reason.UNREACHABLE: "无法连接",
        Reason.KEY_REFUSED: "密钥被拒绝",
        Reason.RATE_LIMITED: "触发限流",
        Reason.CONTROL_REFUSED: "不带该字段的同一请求也被拒绝",
        Reason.PREREQUISITE_REFUSED: "前置条件被拒绝",
        Reason.CONTEXT_TOO_SMALL: "模型上下文过短",
        Reason.MODEL_TOO_WEAK: "模型能力不足以显示效果",
        Reason.CUT: "回答在显示效果之前即达到长度上限",
        Reason.NOT_ATTRIBUTABLE: "不带该字段时效果相同，无法归因",
        Reason.CANNOT_TELL: "现象不足以判断",
        Reason.NEVER_EXERCISED: "未出现相应情形",
        Reason.NOT_ASKED: "默认不测",
        Reason.NOT_APPLICABLE: "不适用",
        Reason.NO_CASSETTE: "没有录制",
        Reason.BUDGET: "测试额度用尽",
        Reason.RUN_CUT: "测试中途服务停止响应",
        Reason.CHANGED: "测试中途服务发生变更",
        Reason.UNSTABLE: "每次结果不同",
        Reason.INTERNAL_ERROR: "测试工具自身出错",
    },
    not_in_run="本次未测该行",
    notes="说明",
    note="{row}：{words}",
    observed=(
        "{date}（UTC）实测，模型 {model}，地址 {url}，anthropic-version {version}，测试工具 {suite}；"
        "并非厂商声明。{mode}"
    ),
    embedded="该端点为测试工具自带的模拟端点。",
    dialect="每个请求均附带：{}。",
    others="共 {measured} 行实测结果，其中 {shown} 行决定本表的 {lines} 项；其余见 matrix.json。",
)

LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "zh": CHINESE}
