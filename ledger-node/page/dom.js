// Builds the elements of the page. Text enters as text nodes only, regardless of its author.

const build = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name, value)
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.flat(3).filter((child) => child || child === 0))
  return node
}

/** Returns an element. A function among the attributes listens to the event of that name. */
export const el = (name, attributes, ...children) => build(document.createElement(name), attributes, children)
export const svg = (name, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
export const at = (id) => document.getElementById(id)
/** Returns a list of names and values. Rows without a value are left out. */
export const list = (rows) => el('dl', null, rows.filter(([, value]) => value).map(([name, value]) => [el('dt', null, name), el('dd', null, value)]))
/** Returns a part that opens. Its content is made when the part opens. */
export const fold = (summary, fill, open) => {
  const details = el('details', { toggle: () => details.childElementCount < 2 && details.append(...[fill()].flat(3)) }, el('summary', null, summary))
  details.open = !!open
  return details
}
