import type { NoForecast } from '../../core/patrol/forecast.ts'
import type { Level } from '../../core/patrol/level.ts'
import type { Tier } from '../../core/estate/tiers.ts'

/** Languages of a report. */
export const languages = ['zh', 'en'] as const
export type Language = (typeof languages)[number]

/** What a report says, in one language. */
export type Words = ReturnType<typeof english>

/** The words of a language. */
export function wordsOf(language: Language): Words {
  return language === 'zh' ? chinese() : english()
}

function english() {
  const level: Readonly<Record<Level, string>> = {
    ok: 'good',
    warning: 'warning',
    unknown: 'unknown',
    critical: 'critical',
  }
  const tier: Readonly<Record<Tier, string>> = {
    core: 'Core systems',
    data: 'Data systems',
    office: 'Office systems',
  }
  const why: Readonly<Record<NoForecast, string>> = {
    few: 'too few days yet',
    step: 'changed at a stroke lately',
    flat: 'stands still',
    noise: 'noise wider than the trend',
    away: 'moves away from its limit',
    far: 'too far ahead',
    crossed: 'beyond its limit already',
  }
  return {
    lang: 'en',
    title: 'Health report',
    level,
    tier,
    why,
    inspected: (time: string) => `Inspection of ${time}`,
    verdict: {
      ok: 'All systems are in good health',
      warning: (count: number, of: number) =>
        `${count} of ${of} systems ${count === 1 ? 'needs' : 'need'} attention`,
      unknown: (count: number, of: number) => `${count} of ${of} systems could not be seen in full`,
      critical: (count: number, of: number) =>
        `${count} of ${of} systems ${count === 1 ? 'needs' : 'need'} action now`,
    },
    systems: 'systems',
    hosts: 'hosts',
    newFindings: 'new findings',
    openFindings: 'still open',
    closedFindings: 'closed since last time',
    nextLimit: 'next limit reached',
    none: 'none',
    noneInSight: 'none in sight',
    inDays: (days: number) => (days === 1 ? 'in 1 day' : `in ${days} days`),
    byLevel: 'Hosts by system',
    nearest: 'Nearest to their limits',
    nearestSays: 'share that is in use; the mark is the limit',
    decide: 'What needs a decision',
    decideSays: 'critical and unknown findings, the worst first',
    nothingToDecide: 'Nothing is critical, and nothing is unknown.',
    forecasts: 'When limits are reached',
    noForecasts: 'No figure is on its way to a limit within what can be said.',
    noForecast: 'No forecast',
    column: {
      level: 'Level',
      system: 'System',
      host: 'Host',
      what: 'Finding',
      seen: 'Seen',
      allowed: 'Limit',
      since: 'Since',
      state: 'State',
      owner: 'Owner',
      figure: 'Figure',
      today: 'Today',
      line: 'Limit',
      day: 'Reached on',
      band: 'Between',
      perDay: 'A day',
    },
    state: { new: 'new', open: 'open', closed: 'closed' },
    notLooked: 'not looked at this time',
    open: 'open end',
    owner: 'Owner',
    lastTime: (time: string) => `inspected before on ${time}`,
    firstTime: 'first inspection',
    allGood: 'Good',
    figures: 'Key figures',
    ring: { test: 'business functions, test', production: 'business functions, production' },
    andMore: (count: number) => `and ${count} more`,
    closed: 'Closed since the last inspection',
    notReached: 'not reached',
    method: 'How this was measured',
    methodSays: [
      'Each host is asked once, over one connection, and nothing is written there. Limits are those of the estate file.',
      'Unknown is what could not be measured: it is never counted as good. A level ends only when its limit is left by a margin.',
      'Free space is what a service can have: blocks reserved for root are not free. In a container, processor and memory are its own.',
      'Forecasts: the median of the slopes between any two days (Theil and Sen), of worst values by day; the band is meant to hold 8 of 10.',
    ],
    coverage: (seen: number, of: number, percent: string) =>
      `Measured: ${seen} of ${of} figures (${percent} %).`,
    unit: { '%': ' %', ms: ' ms', s: ' s', d: ' d', MB: ' MB', '/s': ' /s', '': '' },
    duration: (text: string) => text,
    chartOf: (what: string, line: string) => `${what}: values of past days, and the way to ${line}`,
  }
}

function chinese(): Words {
  return {
    lang: 'zh-CN',
    title: '系统健康巡检报告',
    level: { ok: '正常', warning: '警告', unknown: '未知', critical: '严重' },
    tier: { core: '核心系统', data: '数据系统', office: '办公系统' },
    why: {
      few: '历史天数不足',
      step: '近期有突变',
      flat: '基本不变',
      noise: '波动大于趋势',
      away: '正在远离限值',
      far: '时间过远',
      crossed: '已超过限值',
    },
    inspected: (time) => `巡检时间：${time}`,
    verdict: {
      ok: '全部系统运行正常',
      warning: (count, of) => `${of} 个系统中有 ${count} 个需要关注`,
      unknown: (count, of) => `${of} 个系统中有 ${count} 个未能完整检查`,
      critical: (count, of) => `${of} 个系统中有 ${count} 个需要立即处理`,
    },
    systems: '系统',
    hosts: '主机',
    newFindings: '新增问题',
    openFindings: '未关闭问题',
    closedFindings: '本次关闭',
    nextLimit: '最近到达限值',
    none: '无',
    noneInSight: '暂无',
    inDays: (days) => `${days} 天后`,
    byLevel: '各系统主机状态',
    nearest: '最接近限值的资源',
    nearestSays: '已用比例；竖线为限值',
    decide: '需要决策的事项',
    decideSays: '严重与未知的问题，最严重的在前',
    nothingToDecide: '没有严重或未知的问题。',
    forecasts: '容量预测',
    noForecasts: '在可预测的范围内，没有指标将到达限值。',
    noForecast: '无法预测',
    column: {
      level: '级别',
      system: '系统',
      host: '主机',
      what: '问题',
      seen: '实测',
      allowed: '限值',
      since: '持续',
      state: '状态',
      owner: '负责人',
      figure: '指标',
      today: '今日',
      line: '限值',
      day: '预计日期',
      band: '区间',
      perDay: '每日变化',
    },
    state: { new: '新增', open: '未关闭', closed: '已关闭' },
    notLooked: '本次未检查',
    open: '无法确定',
    owner: '负责人',
    lastTime: (time) => `上次巡检：${time}`,
    firstTime: '首次巡检',
    allGood: '正常',
    figures: '关键指标',
    ring: { test: '业务功能（测试）', production: '业务功能（生产）' },
    andMore: (count) => `另有 ${count} 项`,
    closed: '上次巡检后关闭的问题',
    notReached: '无法连接',
    method: '检查方法',
    methodSays: [
      '每台主机只连接一次、执行一次，不在主机上写入任何内容。限值取自资产文件。',
      '“未知”表示无法测量，绝不视为正常。级别须回到限值以内一定余量后才解除。',
      '可用空间指服务实际可用的空间，为 root 保留的块不计入。容器内的处理器与内存为容器自身的用量。',
      '预测：取每日最差值，以任意两日间斜率的中位数（Theil–Sen）外推；区间按 10 次中 8 次命中设计。',
    ],
    coverage: (seen, of, percent) => `实测指标：${of} 项中的 ${seen} 项（${percent} %）。`,
    unit: { '%': ' %', ms: ' 毫秒', s: ' 秒', d: ' 天', MB: ' MB', '/s': ' 次/秒', '': '' },
    duration: (text) =>
      text
        .replace(/\bd\b/, '天')
        .replace(/\bh\b/, '小时')
        .replace(/\bmin\b/, '分钟')
        .replace(/\bms\b/, '毫秒')
        .replace(/\bs\b/, '秒'),
    chartOf: (what, line) => `${what}：历史数值，以及到达 ${line} 的趋势`,
  }
}
