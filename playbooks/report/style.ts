import { type Level, levels } from '../../core/patrol/level.ts'

/** Colours of levels, dark enough on white for text (contrast of 4.5 and more); a sign and a word always stand beside them. */
export const levelColour: Readonly<Record<Level, string>> = {
  ok: '#1a7f4e',
  warning: '#a15c00',
  unknown: '#6a45b0',
  critical: '#b3202a',
}

/** Signs of levels, for those who see no colours. */
export const levelSign: Readonly<Record<Level, string>> = {
  ok: '✓',
  warning: '▲',
  unknown: '?',
  critical: '✕',
}

/** Fonts that machines have, none from elsewhere: Latin first, then Chinese. */
export const fonts =
  "'Segoe UI','Helvetica Neue',Arial,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC','WenQuanYi Micro Hei',sans-serif"

/** Behind text of a level. */
const pale: Readonly<Record<Level, string>> = {
  ok: '#edf6f1',
  warning: '#faf3e8',
  unknown: '#f3effa',
  critical: '#fbedee',
}

const levelRules = levels
  .map((level) => `.${level}{--level:${levelColour[level]};--pale:${pale[level]}}`)
  .join('\n')

/** The style sheet of the report: for a screen, and for A4, which is 703 CSS pixels wide between its margins. */
export const style = `
${levelRules}
:root{--ink:#16202c;--soft:#5b6775;--line:#dfe4ea;--back:#f4f6f9}
*{box-sizing:border-box}
html{background:var(--back)}
body{margin:0 auto;max-width:1040px;padding:32px 40px 48px;background:#fff;color:var(--ink);font:14px/1.5 ${fonts};font-variant-numeric:tabular-nums;-webkit-print-color-adjust:exact;print-color-adjust:exact}
header{display:flex;justify-content:space-between;align-items:flex-end;gap:24px;border-bottom:2px solid var(--ink);padding-bottom:12px}
h1{margin:0;font-size:26px;line-height:1.2;letter-spacing:-.01em}
h2{margin:32px 0 10px;font-size:17px}
h2 small,h3 small{font-weight:400;color:var(--soft);font-size:13px;margin-left:8px}
h3{margin:0;font-size:15px}
p{margin:6px 0}
header p{margin:0;color:var(--soft);text-align:right}
.verdict{margin:20px 0 0;padding:16px 20px;border-left:6px solid var(--level);background:var(--pale);display:flex;align-items:center;gap:16px}
.verdict b{font-size:20px;line-height:1.3;color:var(--level)}
.verdict i{font-style:normal;flex:none;width:36px;height:36px;border-radius:50%;background:var(--level);color:#fff;display:grid;place-items:center;font-size:19px;font-weight:700}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:10px;margin:14px 0 0;padding:0;list-style:none}
.tiles li{border:1px solid var(--line);border-radius:6px;padding:10px 12px;color:var(--soft);font-size:12.5px}
.tiles b{display:block;color:var(--ink);font-size:22px;line-height:1.25}
.tiles b small{font-size:14px}
.charts{display:grid;grid-template-columns:1fr 1fr;gap:20px 28px}
.charts h2{margin-bottom:2px}
figure{margin:0}
figure svg{display:block;overflow:visible;width:100%;height:auto}
figcaption{color:var(--soft);font-size:12.5px}
.legend span{display:inline-flex;align-items:center;margin-right:12px}
.legend span::before{content:'';width:9px;height:9px;border-radius:2px;background:var(--level);margin-right:5px}
.ways{display:grid;grid-template-columns:1fr 1fr;gap:14px 24px;margin-bottom:12px}
.ways figcaption b{color:var(--ink)}
table{width:100%;border-collapse:collapse;font-size:13px}
th{text-align:left;font-weight:600;color:var(--soft);font-size:12px;border-bottom:1px solid var(--line);padding:4px 8px 4px 0;white-space:nowrap}
td{border-bottom:1px solid var(--line);padding:6px 8px 6px 0;vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;white-space:nowrap}
td.w{white-space:nowrap}
td.h{min-width:6.5em}
tr{break-inside:avoid}
thead{display:table-header-group}
td small{display:block;color:var(--soft);font-size:12px}
.badge{display:inline-block;min-width:5.6em;padding:1px 8px;border-radius:10px;background:var(--level);color:#fff;font-size:12px;font-weight:600;white-space:nowrap;text-align:center}
.badge.pale{background:none;color:var(--level);border:1px solid var(--level)}
.new{color:var(--ink);font-weight:600}
.system{border:1px solid var(--line);border-radius:6px;margin:0 0 14px;overflow:hidden}
.system>div{padding:0 16px 10px}
.head{display:flex;align-items:center;gap:12px;padding:10px 16px!important;border-left:6px solid var(--level);background:var(--pale);break-after:avoid}
.head p{margin:0 0 0 auto;color:var(--soft);font-size:12.5px;text-align:right}
.label{margin:10px 0 2px;font-weight:600;font-size:12.5px;color:var(--soft)}
.matrix td{padding:4px 8px 4px 0}
.matrix .c{color:var(--level);font-weight:600}
.matrix .ok.c{color:inherit;font-weight:400}
.good{color:var(--soft);font-size:12.5px;margin:8px 0 0;overflow-wrap:anywhere}
.quiet{color:var(--soft)}
.closed td{color:var(--soft)}
.method{margin-top:32px;border-top:1px solid var(--line);padding-top:8px;color:var(--soft);font-size:12.5px}
.method h2{font-size:14px;margin:6px 0;color:var(--ink)}
.method ul{margin:0;padding-left:18px}
@page{size:A4;margin:14mm 12mm}
@media print{html{background:none}body{max-width:none;padding:0;font-size:11.5px}h1{font-size:21px}h2{margin-top:20px;break-after:avoid}table{font-size:10.8px}th{font-size:10px}td small,.head p,.good,.label,figcaption,.method{font-size:10px}.badge{font-size:10px;padding:0 6px}td{padding:4px 6px 4px 0}.verdict,.tiles,figure,.head{break-inside:avoid}.system{overflow:visible}.tiles b{font-size:18px}.tiles li{font-size:11px;padding:8px}.charts,.ways{gap:12px 20px}}
@media screen and (max-width:720px){body{padding:16px}.tiles{grid-template-columns:repeat(2,1fr)}.charts,.ways{grid-template-columns:1fr}header{display:block}header p{text-align:left}}
`
