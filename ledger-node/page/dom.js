// Builds the elements of the page. Text enters as text nodes only, regardless of its author.

/**
 * Content of an element: a node, a text, a list of contents, or nothing.
 * @typedef {Node | string | number | boolean | null | undefined | any[]} Content
 */

/**
 * Attributes by name. A function listens to an event.
 * @typedef {Object<string, any>} Attributes
 */

/**
 * Fills an element with its attributes and its contents.
 * @template {Element} T
 * @param {T} node
 * @param {Attributes | null} attributes
 * @param {Content[]} children
 * @returns {T}
 */
const build = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name, value)
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.flat(3).filter((child) => child || child === 0))
  return node
}

/**
 * Returns an element. A function among the attributes listens to the event of that name.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Attributes | null} [attributes]
 * @param {...Content} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export const el = (name, attributes, ...children) => build(document.createElement(name), attributes, children)
/**
 * Returns an element of a drawing, as `el` does.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Attributes | null} [attributes]
 * @param {...Content} children
 * @returns {SVGElementTagNameMap[K]}
 */
export const svg = (name, attributes, ...children) =>
  build(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
/**
 * Returns the element of the page with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export const at = (id) => document.getElementById(id)
/**
 * Returns a list of names and values. Rows without a value are left out.
 * @param {Content[][]} rows
 * @returns {HTMLElement}
 */
export const list = (rows) => el('dl', null, rows.filter(([, value]) => value).map(([name, value]) => [el('dt', null, name), el('dd', null, value)]))
/**
 * Returns a part that opens. Its content is made when the part opens.
 * @param {Content} summary
 * @param {() => Content} fill
 * @param {boolean} [open]
 * @returns {HTMLDetailsElement}
 */
export const fold = (summary, fill, open) => {
  const details = el('details', { toggle: () => details.childElementCount < 2 && details.append(...[fill()].flat(3)) }, el('summary', null, summary))
  details.open = !!open
  return details
}
