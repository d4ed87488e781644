// Layout checks for enlarged text, spaced text, forced colours and the focus.
import { expect, type Page } from '@playwright/test';

/** Selectors of all controls. */
const CONTROLS = ['a[href]', 'button', 'input:not([type=hidden])', 'select', 'textarea', 'summary'];

/** Sets the font size as the browser's settings do. The default is 16 px. */
export async function enlargeText(page: Page, px: number): Promise<void> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Page.setFontSizes', { fontSizes: { standard: px, fixed: px } });
}

/** Applies the text spacing of WCAG 1.4.12. Call it before navigation. */
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
 * Fails when an element overflows sideways, is cut off, or stays covered at every scroll position.
 * `part` selects an overlay to check alone. An open dialog is always checked alone.
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
            // Text that is cut with an ellipsis is intended.
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
            // A link may wrap over two lines, so the middle of its box may be empty.
            const middle = () => {
                const { left, top, width, height } = control.getClientRects()[0] ?? control.getBoundingClientRect();
                return [left + width / 2, top + height / 2] as const;
            };
            // A floating element must uncover the control at some scroll position.
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

/** The focused element and whether its focus is visible. */
export interface Focus {
    /** A short description of the element. */
    what: string;
    /** The contrast of its outline with the background. 1 if it has none. */
    contrast: number;
    /** Whether its centre is not covered. */
    isInView: boolean;
}

/** Presses Tab through the page once and returns every stop. */
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
            // A date field has several parts, each of them a stop.
            const isAgain = active.hasAttribute('data-walked') && !active.matches('[data-walked=last]');
            document.querySelector('[data-walked=last]')?.setAttribute('data-walked', '');
            active.setAttribute('data-walked', 'last');
            // A native field may get its outline from its container.
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
            // An outline inside the element has the element as its background.
            const grounds = parseFloat(style.outlineOffset) < 0 ? [...around, drawn] : around;
            const ground = grounds.reduce((under, element) => rgb(getComputedStyle(element).backgroundColor, under), [255, 255, 255]);
            const isDrawn = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            const [one, other] = [luminance(rgb(style.outlineColor, ground)), luminance(ground)];
            // An element taller than the screen needs only a visible part.
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

/** Asserts that every stop of Tab has an outline with 3:1 contrast and is not covered. */
export async function expectFocusSeen(page: Page, what: string, atLeast = 2): Promise<void> {
    const stops = await walkFocus(page);
    expect(stops.length, `${what}: stops`).toBeGreaterThanOrEqual(atLeast);
    const flaws = stops.filter(({ contrast, isInView }) => contrast < 3 || !isInView);
    expect(flaws, what).toEqual([]);
}
