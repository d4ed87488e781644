// How smoothly 20,000 messages scroll, and how much of them is in the page.
import type { Browser, Page } from '@playwright/test';
import { ChatPage, hydrated } from '../support/pages.ts';
import { Scroll } from '../support/scroll.ts';
import { LONG, test, type MeasuredClinic } from './clinic.ts';
import { report } from './figures.ts';
import { COMPUTER, CPU_SLOWDOWN } from './slow.ts';

const RUNS = 3;
const SCROLLED_MS = 10_000;
/** Two notches of a wheel, and a wheel that spins freely. */
const TURN_PX = 240;
const SPIN_PX = 960;
const LONG_FRAME_MS = 50;
/** So many messages have to go by until it counts as shown that the page doesn't grow. */
const WAY = 2_000;
const WAY_WITHIN_MS = 240_000;

/** Nothing but text that scrolls: what this machine draws at best. */
const BARE = `<!DOCTYPE html><div style="height: 100vh; overflow-y: auto">${'<p>A line of text, and nothing else.</p>'.repeat(1_000)}</div>`;

type CountingWindow = Window & { bedsideFrames: { at: number[]; isOver: boolean } };

/** Opens the long chat, with the mouse over its messages. */
async function open<T>(browser: Browser, clinic: MeasuredClinic, slowdown: number, use: (page: Page, scroll: Scroll) => Promise<T>): Promise<T> {
    const context = await browser.newContext({ ...COMPUTER, baseURL: clinic.server.url });
    try {
        await clinic.signIn(context);
        const page = await context.newPage();
        await page.goto(clinic.room);
        await hydrated(page);
        const { log } = new ChatPage(page);
        const session = await context.newCDPSession(page);
        await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
        const box = await log.boundingBox();
        if (!box) {
            throw new Error('there is nothing to scroll');
        }
        await page.mouse.move(box.x + box.width / 2, COMPUTER.viewport.height / 2);
        return await use(page, new Scroll(new ChatPage(page)));
    } finally {
        await context.close();
    }
}

/** As quick as scrolling gets here. */
async function bareFrames(browser: Browser, slowdown: number): Promise<number[]> {
    const context = await browser.newContext(COMPUTER);
    try {
        const page = await context.newPage();
        await page.setContent(BARE);
        const session = await context.newCDPSession(page);
        await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
        await page.mouse.move(COMPUTER.viewport.width / 2, COMPUTER.viewport.height / 2);
        return await timeFrames(page, 1);
    } finally {
        await context.close();
    }
}

/** How many messages are below the view. Each begins with its number, except for what other measuring wrote below them. */
async function passed(scroll: Scroll): Promise<number> {
    const number = Number.parseInt((await scroll.firstVisible()).text, 10);
    return Number.isNaN(number) ? 0 : LONG - number;
}

const countElements = (page: Page) => page.evaluate(() => document.getElementsByTagName('*').length);

/** Scrolls by the clock, since how far it gets is part of what is measured, and answers how long each frame took. */
async function timeFrames(page: Page, direction: 1 | -1): Promise<number[]> {
    await page.evaluate(() => {
        const frames = { at: [] as number[], isOver: false };
        (window as unknown as CountingWindow).bedsideFrames = frames;
        const next = (at: number) => {
            frames.at.push(at);
            if (!frames.isOver) {
                requestAnimationFrame(next);
            }
        };
        requestAnimationFrame(next);
    });
    const end = performance.now() + SCROLLED_MS;
    while (performance.now() < end) {
        await page.mouse.wheel(0, direction * TURN_PX);
    }
    const at = await page.evaluate(() => {
        const { bedsideFrames } = window as unknown as CountingWindow;
        bedsideFrames.isOver = true;
        return bedsideFrames.at;
    });
    return at.slice(1).map((time, index) => time - (at[index] ?? time));
}

for (const slowdown of [1, CPU_SLOWDOWN]) {
    const cpu = slowdown === 1 ? 'CPU as it is' : `CPU ${slowdown} × slower`;
    test(`frames while scrolling, ${cpu}`, async ({ browser, clinic }, info) => {
        const runs: { lengths: number[]; passed: number }[] = [];
        for (let run = 0; run < RUNS; run += 1) {
            runs.push(await open(browser, clinic, slowdown, async (page, scroll) => ({ lengths: await timeFrames(page, -1), passed: await passed(scroll) })));
        }
        const bare = await bareFrames(browser, slowdown);
        const share = (lengths: number[]) => (100 * lengths.filter((length) => length > LONG_FRAME_MS).length) / lengths.length;
        const rate = (lengths: number[]) => (1_000 * lengths.length) / lengths.reduce((sum, length) => sum + length, 0);
        await report(info, {
            title: `Scrolling up ${LONG.toLocaleString('en')} messages, ${cpu}`,
            figures: [
                { what: 'frames', unit: 'fps', values: runs.map(({ lengths }) => rate(lengths)) },
                { what: `frames longer than ${LONG_FRAME_MS} ms`, unit: '%', values: runs.map(({ lengths }) => share(lengths)) },
                { what: 'longest frame', unit: 'ms', values: runs.map(({ lengths }) => Math.max(...lengths)) },
                { what: 'frames of bare text, as a limit', unit: 'fps', values: [rate(bare)] },
                { what: 'messages passed', unit: '', values: runs.map(({ passed }) => passed) },
            ],
            notes: [`A wheel turned for ${SCROLLED_MS / 1_000} s, ${TURN_PX} px a time, as quickly as the page takes it.`],
        });
    });
}

test('elements in the page of a long chat', async ({ browser, clinic }, info) => {
    const seen = await open(browser, clinic, 1, async (page, scroll) => {
        const seen = [{ passed: 0, elements: await countElements(page) }];
        const end = performance.now() + WAY_WITHIN_MS;
        while ((seen.at(-1)?.passed ?? 0) < WAY) {
            if (performance.now() > end) {
                throw new Error(`only ${seen.at(-1)?.passed} messages went by in time`);
            }
            await page.mouse.wheel(0, -SPIN_PX);
            seen.push({ passed: await passed(scroll), elements: await countElements(page) });
        }
        return seen;
    });
    const most = (fits: (passed: number) => boolean) => Math.max(...seen.filter(({ passed }) => fits(passed)).map(({ elements }) => elements));
    const [first, second] = [most((passed) => passed < WAY / 2), most((passed) => passed >= WAY / 2)];
    await report(info, {
        title: `What ${LONG.toLocaleString('en')} messages put into the page`,
        figures: [
            { what: 'elements when it opens', unit: '', values: seen.slice(0, 1).map(({ elements }) => elements) },
            { what: `elements at most in the first ${WAY / 2} messages upwards`, unit: '', values: [first] },
            { what: `elements at most in the next ${WAY / 2}`, unit: '', values: [second] },
            { what: 'growth from these to those', unit: '', values: [second / first], goal: { is: 'at most', value: 1.1 } },
        ],
        notes: ['Bounded: what comes in at the top goes out at the bottom. Messages differ by a few elements each.'],
    });
});
