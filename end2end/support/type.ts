// Draws pages in a font of the tests, so pictures do not depend on the fonts of the machine.
import type { BrowserContext, Page } from '@playwright/test';
import { basename, join, resolve } from 'node:path';

const FILES = resolve('node_modules/@fontsource-variable/open-sans/files');
const face = (file: string, style: string, range: string): string =>
    `@font-face{font-family:Brought;src:url(/brought/${file}) format("woff2");font-weight:300 800;` +
    `font-style:${style};font-display:block;unicode-range:${range}}`;
/** The Latin, Hebrew and symbol ranges of the font. */
const LATIN = 'U+0-FF,U+131,U+152-153,U+2BB-2BC,U+2C6,U+2DA,U+2DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215';
const HEBREW = 'U+5B0-5EA';
const SIGNS = 'U+22EF';
const SHEET = [
    face('open-sans-latin-wght-normal.woff2', 'normal', LATIN),
    face('open-sans-latin-wght-italic.woff2', 'italic', LATIN),
    face('open-sans-hebrew-wght-normal.woff2', 'normal', HEBREW),
    face('open-sans-math-wght-normal.woff2', 'normal', SIGNS),
    ':root{--font:Brought}',
].join('\n');
const DRAWN = /[^\u0000-\u00ff\u0131\u0152\u0153\u02bb\u02bc\u02c6\u02da\u02dc\u2000-\u206f\u20ac\u2122\u2191\u2193\u2212\u2215\u22ef\u05b0-\u05ea]/gu;

/** Uses the font in every page of a context. Only the font token changes, not the policy. */
export async function bringFont(context: BrowserContext): Promise<void> {
    await context.route('**/*.css', async (route) => {
        const sheet = await route.fetch();
        await route.fulfill({ status: sheet.status(), contentType: 'text/css', body: `${await sheet.text()}\n${SHEET}` });
    });
    await context.route('**/brought/*', (route) =>
        route.fulfill({ path: join(FILES, basename(route.request().url())), contentType: 'font/woff2' }),
    );
}

/** Waits for the font and returns the characters of the page that it lacks. */
export async function missingCharacters(page: Page, except: string): Promise<string[]> {
    await page.evaluate(() => document.fonts.ready);
    let text = await page.locator('body').innerText();
    text = text.replaceAll(except, '');
    return [...new Set(text.match(DRAWN) ?? [])];
}

/** Replaces every time and long date on the page with a fixed one. */
export async function stopClock(page: Page): Promise<void> {
    await page.evaluate(() => {
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = texts.nextNode(); node; node = texts.nextNode()) {
            const text = node.nodeValue ?? '';
            const still = text
                .replace(/\b\d{1,2}:\d{2}(?: [AP]M)?\b/gi, '10:24')
                .replace(/\b[A-Z]\w+day, (?:\d{1,2} \w+|\w+ \d{1,2},) \d{4}\b/g, 'Thursday, 12 March 2026');
            if (still !== text) {
                node.nodeValue = still;
            }
        }
    });
}
