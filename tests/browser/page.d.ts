// Types that the compiler cannot take from the scripts of the page, or that its own libraries lack.

export {}

// Properties that a constructor sets by Object.assign.
declare module '../../ledger-node/page/verifier/refusal.js' {
  interface Refusal extends RefusalParts { cause?: Refusal }
}
declare module '../../ledger-node/page/verifier/course.js' {
  interface Course extends CourseParts {}
}

declare global {
  // The selectors of the page find only elements of HTML.
  interface ParentNode {
    querySelector(selectors: string): HTMLElement | null
    querySelectorAll(selectors: `${string} > details`): NodeListOf<HTMLDetailsElement>
    querySelectorAll(selectors: string): NodeListOf<HTMLElement>
  }
  // A date that no calendar has is NaN as a number.
  function isNaN(date: Date): boolean
  // `filter(Boolean)` takes out what is false.
  interface Array<T> {
    filter(predicate: BooleanConstructor): Exclude<T, false>[]
  }

  // The scope of worker.js.
  function skipWaiting(): Promise<void>
  const clients: { claim(): Promise<void> }
  interface ExtendableEvent extends Event {
    waitUntil(done: Promise<unknown>): void
  }
  interface FetchEvent extends ExtendableEvent {
    request: Request
    respondWith(response: Promise<Response>): void
  }
  interface WindowEventMap {
    install: ExtendableEvent
    activate: ExtendableEvent
    fetch: FetchEvent
  }
}
