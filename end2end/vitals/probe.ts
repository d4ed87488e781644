// Watches a page from inside, as the web-vitals library does: what is drawn when, what moves, what answers how late.
import type { Page } from '@playwright/test';

/** The element that took longest to be drawn among the largest, in ms. */
export interface Largest {
    at: number;
    element: string;
}

/** The latest that was drawn after an input, in ms: waiting for other work, listeners, drawing. */
export interface Interaction {
    id: number;
    action: string;
    event: string;
    target: string;
    duration: number;
    waiting: number;
    running: number;
    drawing: number;
}

/** What one visit told. */
export interface Vitals {
    /** The page itself, to its end. Its first byte's time is told without the wait that is imitated. */
    pageCame: number;
    firstPaint: number;
    largest: Largest | undefined;
    cls: number;
    /** What moved most. */
    shifted: string;
    inp: number;
    /** The slowest of each action. */
    slowest: Interaction[];
    /** Work that held up the page for more than 50 ms at a time, less 50 ms each. */
    blocked: number;
    /** Transferred and encoded bodies. */
    bytes: { wasm: number; script: number; style: number; page: number };
    notBrotli: string[];
}

interface Watched {
    largest?: Largest;
    shifts: { at: number; value: number; what: string }[];
    interactions: Map<number, Interaction>;
    actions: { name: string; at: number }[];
    blocked: number;
    drain: (() => void)[];
}

type WatchedWindow = Window & { bedsideVitals: Watched };

/** What an input must last at least to be told: the least that browsers offer. */
const SHORTEST_TOLD_MS = 16;

/** Has to be called before the page's first address is opened. */
export async function watch(page: Page): Promise<void> {
    await page.addInitScript(() => {
        // The browser's types don't know these yet.
        interface Shift extends PerformanceEntry {
            value: number;
            hadRecentInput: boolean;
            sources: { node?: Node | null }[];
        }
        type Interactive = PerformanceEventTiming & { interactionId: number; target: Node | null };
        const watched: Watched = { shifts: [], interactions: new Map(), actions: [], blocked: 0, drain: [] };
        (window as unknown as WatchedWindow).bedsideVitals = watched;
        const name = (node: Node | null | undefined): string => {
            const element = node instanceof Element ? node : node?.parentElement;
            if (!element) {
                return 'something that is gone';
            }
            const own = [element.localName, ...element.classList].join('.');
            const parent = element.parentElement;
            return parent && parent !== document.body ? `${[parent.localName, ...parent.classList].join('.')} > ${own}` : own;
        };
        const observe = <T extends PerformanceEntry>(type: string, options: object, take: (entry: T) => void) => {
            const takeAll = (entries: PerformanceEntry[]) => entries.forEach((entry) => take(entry as T));
            const observer = new PerformanceObserver((list) => takeAll(list.getEntries()));
            observer.observe({ type, buffered: true, ...options });
            watched.drain.push(() => takeAll(observer.takeRecords()));
        };
        observe<PerformanceEntry & { element?: Element | null }>('largest-contentful-paint', {}, (entry) => {
            watched.largest = { at: entry.startTime, element: name(entry.element) };
        });
        observe<Shift>('layout-shift', {}, (entry) => {
            if (!entry.hadRecentInput) {
                watched.shifts.push({ at: entry.startTime, value: entry.value, what: entry.sources.map(({ node }) => name(node)).join(', ') });
            }
        });
        observe<PerformanceEntry>('longtask', {}, (entry) => {
            watched.blocked += entry.duration - 50;
        });
        const take = (entry: Interactive) => {
            const known = watched.interactions.get(entry.interactionId);
            if (entry.interactionId && entry.duration > (known?.duration ?? 0)) {
                watched.interactions.set(entry.interactionId, {
                    id: entry.interactionId,
                    action: watched.actions.findLast(({ at }) => at <= entry.startTime)?.name ?? '',
                    event: entry.name,
                    target: name(entry.target),
                    duration: entry.duration,
                    waiting: entry.processingStart - entry.startTime,
                    running: entry.processingEnd - entry.processingStart,
                    // The duration is told in steps of 8 ms.
                    drawing: Math.max(0, entry.startTime + entry.duration - entry.processingEnd),
                });
            }
        };
        // 16 ms, as in SHORTEST_TOLD_MS, which this function can't see.
        observe<Interactive>('event', { durationThreshold: 16 }, take);
        observe<Interactive>('first-input', {}, take);
    });
}

/** Says what the inputs from now on belong to. */
export async function begin(page: Page, action: string): Promise<void> {
    await page.evaluate((name) => {
        (window as unknown as WatchedWindow).bedsideVitals.actions.push({ name, at: performance.now() });
    }, action);
}

/** Lets some frames pass: an event is told after the frame it led to has been shown. */
export async function frames(page: Page, count = 10): Promise<void> {
    await page.evaluate(
        (count) =>
            new Promise<void>((done) => {
                const next = (left: number) => (left === 0 ? done() : requestAnimationFrame(() => next(left - 1)));
                next(count);
            }),
        count,
    );
}

/** What was seen since the page was opened. */
export async function vitals(page: Page): Promise<Vitals> {
    await frames(page);
    return page.evaluate((shortest): Vitals => {
        const watched = (window as unknown as WatchedWindow).bedsideVitals;
        watched.drain.forEach((drain) => drain());
        // Sessions of shifts less than 1 s apart and 5 s long at most; the worst one counts.
        let [session, began, last, cls] = [0, -Infinity, -Infinity, 0];
        for (const { at, value } of watched.shifts) {
            [session, began] = at - last < 1_000 && at - began < 5_000 ? [session + value, began] : [value, at];
            last = at;
            cls = Math.max(cls, session);
        }
        const interactions = [...watched.interactions.values()].sort((a, b) => b.duration - a.duration);
        // One in fifty may be slower.
        const count = (performance as Performance & { interactionCount?: number }).interactionCount ?? interactions.length;
        const inp = interactions[Math.min(Math.floor(count / 50), interactions.length - 1)]?.duration ?? (count > 0 ? shortest : Number.NaN);
        const slowest = new Map<string, Interaction>();
        for (const one of interactions) {
            if (!slowest.has(one.action)) {
                slowest.set(one.action, one);
            }
        }
        const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
        const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
        const sizeOf = (end: string) => resources.filter(({ name }) => name.endsWith(end)).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
        type Encoded = PerformanceResourceTiming & { contentEncoding?: string };
        return {
            pageCame: page?.responseEnd ?? Number.NaN,
            firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
            largest: watched.largest,
            cls,
            shifted: watched.shifts.reduce((most, shift) => (shift.value > most.value ? shift : most), { value: 0, what: '' }).what,
            inp,
            slowest: [...slowest.values()],
            blocked: watched.blocked,
            bytes: { wasm: sizeOf('.wasm'), script: sizeOf('.js'), style: sizeOf('.css'), page: page?.encodedBodySize ?? Number.NaN },
            notBrotli: resources
                .filter(({ name }) => /\.(wasm|js)$/.test(name))
                .filter((resource) => (resource as Encoded).contentEncoding !== 'br')
                .map(({ name }) => new URL(name).pathname),
        };
    }, SHORTEST_TOLD_MS);
}
