// Builds what is shown. Text goes in as text nodes only, whoever wrote it.

const build = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name, value)
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.flat(3).filter((child) => child || child === 0))
  return node
}

/** An element; a function among the attributes listens to the event of that name. */
export const el = (name, attributes, ...children) => build(document.createElement(name), attributes, children)
export const svg = (name, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
export const at = (id) => document.getElementById(id)
/** Rows without a value are left out. */
export const list = (rows) => el('dl', null, rows.filter(([, value]) => value).map(([name, value]) => [el('dt', null, name), el('dd', null, value)]))
/** A part that opens; what it holds is made when it does. */
export const fold = (summary, fill, open) => {
  const details = el('details', { toggle: () => details.childElementCount < 2 && details.append(...[fill()].flat(3)) }, el('summary', null, summary))
  details.open = !!open
  return details
}
