// What a page looks like to those who enlarge it, space it out or let the device paint it.
import { expect, type Page } from '@playwright/test';

/** All that can be used on a page. */
const CONTROLS = ['a[href]', 'button', 'input:not([type=hidden])', 'select', 'textarea', 'summary'];

/** Sets the size of letters as a browser's own settings do; 16 is the default. */
export async function enlargeText(page: Page, px: number): Promise<void> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Page.setFontSizes', { fontSizes: { standard: px, fixed: px } });
}

/** Spaces all text as WCAG 1.4.12 has it. Before the page is opened. */
export async function spaceText(page: Page): Promise<void> {
    await page.addInitScript(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(
            `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
             p { margin-block-end: 2em !important }`,
        );
        document.adoptedStyleSheets = [sheet];
    });
}

/**
 * Fails when something sticks out sideways, is cut off, or lies under something else wherever one scrolls. `part` is
 * what lies over the rest, and is looked at alone; an open dialog always is.
 */
export async function expectWithinReach(page: Page, what: string, part = 'dialog[open]'): Promise<void> {
    const found = await page.evaluate(([controls, part]) => {
        const flaws: string[] = [];
        const isShown = (element: Element) => {
            const { width, height } = element.getBoundingClientRect();
            return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
        };
        const called = (element: Element) => {
            const label = element.getAttribute('aria-label') ?? element.textContent ?? '';
            return `${element.tagName.toLowerCase()}.${element.className} “${label.trim().slice(0, 40)}”`;
        };
        const root = document.querySelector(part) ?? document.body;
        const { scrollWidth, clientWidth } = document.documentElement;
        if (scrollWidth > clientWidth) {
            flaws.push(`the page is ${scrollWidth} wide on ${clientWidth}`);
        }
        for (const element of root.querySelectorAll('*')) {
            const style = getComputedStyle(element);
            const sticksOut = element.scrollWidth > element.clientWidth + 1;
            if (!isShown(element) || style.overflowX === 'visible' || element.matches('input, textarea, select, .visually-hidden')) {
                continue;
            }
            const isScrolled = ['auto', 'scroll'].includes(style.overflowX) && sticksOut;
            // An excerpt says by its dots that it is one.
            const isCut = style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis' && sticksOut;
            if (isScrolled || isCut) {
                flaws.push(`${isCut ? 'cut off' : 'scrolls sideways'}: ${called(element)}`);
            }
        }
        for (const heading of root.querySelectorAll('h1, h2, h3')) {
            if (isShown(heading) && heading.scrollHeight > heading.clientHeight + 4 && getComputedStyle(heading).overflowY === 'hidden') {
                flaws.push(`cut off: ${called(heading)}`);
            }
        }
        for (const control of root.querySelectorAll(controls)) {
            if (!isShown(control) || control.matches('.skip-link')) {
                continue;
            }
            // A link may break over two lines, and have nothing in its middle.
            const middle = () => {
                const { left, top, width, height } = control.getClientRects()[0] ?? control.getBoundingClientRect();
                return [left + width / 2, top + height / 2] as const;
            };
            // What floats over the rest is out of the way somewhere.
            let hit: Element | null = null;
            const isHit = (['center', 'start', 'end'] as const).some((block) => {
                control.scrollIntoView({ block, inline: 'nearest' });
                hit = document.elementFromPoint(...middle());
                return hit !== null && (control.contains(hit) || hit.closest('label')?.contains(control) === true);
            });
            const { left, right, top, bottom } = control.getBoundingClientRect();
            if (left < -1 || right > innerWidth + 1) {
                flaws.push(`out of the screen: ${called(control)}`);
                continue;
            }
            if (!isHit) {
                flaws.push(`${called(control)} (${Math.round(top)}–${Math.round(bottom)}) lies under ${hit ? called(hit) : 'nothing'}`);
            }
        }
        return flaws;
    }, [CONTROLS.join(), part] as const);
    expect(found, what).toEqual([]);
}

/** What has the focus, and whether one sees that. */
export interface Focus {
    /** The element, in a word. */
    what: string;
    /** The line around it is drawn, and stands out from what it is drawn on by this. */
    contrast: number;
    /** Its middle is not under anything. */
    isInView: boolean;
}

/** Presses Tab through the page once, and tells of each stop. */
export async function walkFocus(page: Page, limit = 80): Promise<Focus[]> {
    const stops: Focus[] = [];
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (let step = 0; step < limit; step += 1) {
        await page.keyboard.press('Tab');
        const stop = await page.evaluate(() => {
            const active = document.activeElement;
            if (!active || active === document.body) {
                return undefined;
            }
            // A date has several parts, each a stop.
            const isAgain = active.hasAttribute('data-walked') && !active.matches('[data-walked=last]');
            document.querySelector('[data-walked=last]')?.setAttribute('data-walked', '');
            active.setAttribute('data-walked', 'last');
            // A browser's own field may be drawn by what is around it.
            const drawn = active.closest('.jump-date') ?? active;
            const rgb = (colour: string, under: number[]): number[] => {
                const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
                if (!context) {
                    throw new Error('no canvas');
                }
                context.fillStyle = `rgb(${under.join()})`;
                context.fillRect(0, 0, 1, 1);
                context.fillStyle = colour;
                context.fillRect(0, 0, 1, 1);
                return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            const luminance = (colour: number[]) => {
                const [r = 0, g = 0, b = 0] = colour.map((part) => {
                    const share = part / 255;
                    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const around: Element[] = [];
            for (let element = drawn.parentElement; element; element = element.parentElement) {
                around.unshift(element);
            }
            const style = getComputedStyle(drawn);
            // What has its line inside itself is its own ground.
            const grounds = parseFloat(style.outlineOffset) < 0 ? [...around, drawn] : around;
            const ground = grounds.reduce((under, element) => rgb(getComputedStyle(element).backgroundColor, under), [255, 255, 255]);
            const isDrawn = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            const [one, other] = [luminance(rgb(style.outlineColor, ground)), luminance(ground)];
            // Of what is higher than the screen a part is enough.
            const { left, top, bottom, width } = drawn.getBoundingClientRect();
            const hit = document.elementFromPoint(left + width / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
            const what = `${active.tagName.toLowerCase()}.${active.className} “${(active.getAttribute('aria-label') ?? active.textContent ?? '').trim().slice(0, 30)}”`;
            return {
                what,
                isAgain,
                contrast: isDrawn ? (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) : 1,
                isInView: hit !== null && (drawn.contains(hit) || hit.contains(drawn)),
            };
        });
        if (!stop || stop.isAgain) {
            break;
        }
        stops.push({ what: stop.what, contrast: stop.contrast, isInView: stop.isInView });
    }
    await page.evaluate(() => document.querySelectorAll('[data-walked]').forEach((element) => element.removeAttribute('data-walked')));
    return stops;
}

/** Every stop of the Tab key is seen: its line by 3:1, and not under anything. */
export async function expectFocusSeen(page: Page, what: string, atLeast = 2): Promise<void> {
    const stops = await walkFocus(page);
    expect(stops.length, `${what}: stops`).toBeGreaterThanOrEqual(atLeast);
    const flaws = stops.filter(({ contrast, isInView }) => contrast < 3 || !isInView);
    expect(flaws, what).toEqual([]);
}
