// Loading and answering on a slow phone: LCP, CLS and INP of the room and of the page to sign in, and what is transferred.
import type { Browser, BrowserContextOptions, Locator, Page, TestInfo } from '@playwright/test';
import { pageFunctions } from 'lighthouse/core/lib/page-functions.js';
import { ChatPage, EntryPage, hydrated } from '../support/pages.ts';
import { test, type MeasuredClinic } from './clinic.ts';
import { machine, middle, report, type Figure } from './figures.ts';
import { begin, frames, vitals, watch, type Interaction, type Vitals } from './probe.ts';
import { COMPUTER, CPU_SLOWDOWN, PHONE, SLOW_4G, SLOW_4G_OF_DEVTOOLS, slowDown, type Network } from './slow.ts';

const RUNS = 5;
/** Somebody who types quickly. */
const TYPING = { delay: 60 };

interface Visit {
    vitals: Vitals;
    /** When script had taken the page over, in ms. */
    live: number;
    /** How quick the machine was just before. */
    speed: number;
}

interface Kind {
    title: string;
    path: (clinic: MeasuredClinic) => string;
    /** Instead of what the server has there. */
    html?: string;
    isSignedIn: boolean;
    screen: BrowserContextOptions;
    /** Where one writes first. */
    field: (page: Page) => Locator;
    use: (page: Page, run: number) => Promise<void>;
    /** Also what a worse network and impatience do to it. */
    isThorough: boolean;
}

/** What the machine and the browser take by themselves: a field, and a button that adds a line. */
const BARE = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Bare</title>
    <div></div><textarea rows="3"></textarea><button>Send</button>
    <script>
        const field = document.querySelector('textarea');
        document.querySelector('button').onclick = () => {
            document.querySelector('div').append(field.value, document.createElement('br'));
            field.value = '';
        };
    </script></html>`;

/** For as long as people press a key, a button or a screen; a press of no length has all of it in one frame. */
const PRESS_MS = 80;

/** Touches or clicks in the middle, and nothing else: where Playwright asks whether the press would arrive, it listens to
 *  it in the page, and what that takes would count. */
async function press(page: Page, target: Locator, isTouch = false): Promise<void> {
    await target.waitFor();
    const box = await target.boundingBox();
    if (!box) {
        throw new Error('nothing to press');
    }
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    if (!isTouch) {
        return page.mouse.click(x, y, { delay: PRESS_MS });
    }
    const session = await page.context().newCDPSession(page);
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
    await page.waitForTimeout(PRESS_MS);
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await session.detach();
}

/** Writes a message, sends it, and opens and closes its options, by the hand that the screen is made for. */
async function converse(page: Page, run: number, press: (button: Locator) => Promise<void>): Promise<void> {
    const room = new ChatPage(page);
    // Fewer inputs than fifty: INP is the slowest of all then.
    const text = `Run ${run}: I feel better today.`;
    await begin(page, 'writing');
    await press(room.message);
    await page.keyboard.type(text, TYPING);
    await frames(page);
    await begin(page, 'sending');
    await press(room.sendButton);
    await room.bubble(text).last().waitFor();
    await room.expectAllSent();
    await frames(page);
    await begin(page, 'opening a message’s options');
    const reply = room.log.getByRole('button', { name: 'Reply', exact: true });
    await press(room.entry(text).last().getByRole('button', { name: 'Message options' }));
    await reply.waitFor();
    await frames(page);
    await begin(page, 'choosing to reply');
    await press(reply);
    await reply.waitFor({ state: 'hidden' });
    await frames(page);
}

const ROOM_ON_PHONE: Kind = {
    title: 'The room on a phone',
    path: (clinic) => clinic.room,
    isSignedIn: true,
    screen: PHONE,
    field: (page) => new ChatPage(page).message,
    use: (page, run) => converse(page, run, (button) => press(page, button, true)),
    isThorough: true,
};

const ROOM_ON_COMPUTER: Kind = {
    ...ROOM_ON_PHONE,
    title: 'The room on a wide screen with a keyboard',
    screen: COMPUTER,
    use: async (page, run) => {
        await converse(page, run, (button) => press(page, button));
        await begin(page, 'opening the list of shortcuts');
        // A `?` in the message would only be a letter.
        await new ChatPage(page).message.blur();
        await page.keyboard.press('Shift+?', { delay: PRESS_MS });
        const dialog = page.getByRole('dialog');
        await dialog.waitFor();
        await frames(page);
        await begin(page, 'closing the list');
        await page.keyboard.press('Escape', { delay: PRESS_MS });
        await dialog.waitFor({ state: 'hidden' });
    },
    isThorough: false,
};

const SIGN_IN: Kind = {
    title: 'The page to sign in on a phone',
    path: () => '/sign-in',
    isSignedIn: false,
    screen: PHONE,
    field: (page) => new EntryPage(page).email,
    use: async (page, run) => {
        const entry = new EntryPage(page);
        await begin(page, 'writing');
        await press(page, entry.email, true);
        await page.keyboard.type(`somebody-${run}@demo.example`, TYPING);
        await press(page, entry.password, true);
        await page.keyboard.type('not the password', TYPING);
        await frames(page);
        await begin(page, 'signing in, refused');
        await press(page, page.getByRole('button', { name: 'Sign in' }), true);
        await page.getByRole('alert').filter({ hasText: /\S/ }).first().waitFor();
    },
    isThorough: true,
};

/** The least that writing and sending can take: INP of a page with nothing else, on the same screen. */
async function bare(browser: Browser, clinic: MeasuredClinic, { screen }: Kind): Promise<number[]> {
    const kind: Kind = { ...ROOM_ON_PHONE, path: () => '/bare', html: BARE, isSignedIn: false, screen };
    const all = await visits(browser, clinic, kind, SLOW_4G, async (page, run) => {
        await press(page, page.locator('textarea'), screen.hasTouch);
        await page.keyboard.type(`Run ${run}: I feel better today.`, TYPING);
        await frames(page);
        await press(page, page.locator('button'), screen.hasTouch);
        await page.getByText(`Run ${run}`).waitFor();
        return 0;
    });
    return all.map(({ vitals }) => vitals.inp);
}

/** Opens a page with nothing cached and does something there. */
async function visit(browser: Browser, clinic: MeasuredClinic, kind: Kind, network: Network, use: (page: Page) => Promise<number>): Promise<Visit> {
    const context = await browser.newContext({ ...kind.screen, baseURL: clinic.server.url });
    try {
        if (kind.isSignedIn) {
            await clinic.signIn(context);
        }
        const page = await context.newPage();
        const speed = await page.evaluate(pageFunctions.computeBenchmarkIndex);
        await watch(page);
        if (kind.html) {
            await page.route(`**${kind.path(clinic)}`, (route) => route.fulfill({ contentType: 'text/html', body: kind.html ?? '' }));
        }
        await slowDown(page, network);
        // What is drawn first is there before all has come.
        await page.goto(kind.path(clinic), { waitUntil: 'commit' });
        const live = await use(page);
        return { vitals: await vitals(page), live, speed };
    } finally {
        await context.close();
    }
}

/** Waits until script has taken over and everything has come, and answers how long the former took. */
async function loaded(page: Page): Promise<number> {
    await hydrated(page);
    const live = await page.evaluate(() => performance.now());
    await page.waitForLoadState('load');
    return live;
}

async function visits(browser: Browser, clinic: MeasuredClinic, kind: Kind, network: Network, use: (page: Page, run: number) => Promise<number>): Promise<Visit[]> {
    const done: Visit[] = [];
    for (let run = 1; run <= RUNS; run += 1) {
        done.push(await visit(browser, clinic, kind, network, (page) => use(page, run)));
    }
    return done;
}

/** Loads, waits, and then uses the page; and again, writing before script has taken over. */
async function measure(info: TestInfo, browser: Browser, clinic: MeasuredClinic, kind: Kind): Promise<void> {
    const used = await visits(browser, clinic, kind, SLOW_4G, async (page, run) => {
        const live = await loaded(page);
        await frames(page);
        await kind.use(page, run);
        return live;
    });
    const slower = kind.isThorough ? await visits(browser, clinic, kind, SLOW_4G_OF_DEVTOOLS, loaded) : [];
    const write = async (page: Page) => {
        const field = kind.field(page);
        await field.waitFor();
        await begin(page, 'writing while script loads');
        await press(page, field, true);
        // A letter at a time until script is there; then it has all been in time or not.
        while (!(await page.locator('body[data-live="true"]').count())) {
            await page.keyboard.type('a', TYPING);
        }
        return loaded(page);
    };
    const early = kind.isThorough ? await visits(browser, clinic, kind, SLOW_4G, write) : [];
    const least = kind.isSignedIn ? await bare(browser, clinic, kind) : [];
    const lcp = (all: Visit[]) => all.map(({ vitals }) => (vitals.largest?.at ?? Number.NaN) / 1_000);
    const ms = (what: string, all: Visit[], value: (vitals: Vitals) => number, goal?: Figure['goal']): Figure => ({
        what,
        unit: 'ms',
        values: all.map(({ vitals }) => value(vitals)),
        ...(goal ? { goal } : {}),
    });
    const figures: Figure[] = [
        { what: 'LCP', unit: 's', values: lcp(used), goal: { is: 'at most', value: 2 } },
        { what: 'LCP with slow 4G as DevTools has it (562 ms a request)', unit: 's', values: lcp(slower), goal: { is: 'at most', value: 2 } },
        ms('INP', used, ({ inp }) => inp, { is: 'at most', value: 150 }),
        { what: 'INP of a bare page with a field and a button, as a limit', unit: 'ms', values: least },
        ms('INP of writing before script has taken over', early, ({ inp }) => inp),
        { what: 'CLS', unit: '', values: used.map(({ vitals }) => vitals.cls), goal: { is: 'at most', value: 0.05 } },
        ms('the page itself has come', used, ({ pageCame }) => pageCame),
        ms('first paint', used, ({ firstPaint }) => firstPaint),
        { what: 'script has taken over', unit: 's', values: used.map(({ live }) => live / 1_000) },
        ms('held up by long tasks (each less 50 ms)', used, ({ blocked }) => blocked),
        machine(used.map(({ speed }) => speed)),
    ];
    await report(info, {
        title: `${kind.title}, CPU ${CPU_SLOWDOWN} × slower, slow 4G`,
        figures: figures.filter(({ values }) => values.length > 0),
        notes: notes(used, early),
    });
}

/** What took the time, in the run in the middle. */
function notes(used: Visit[], early: Visit[]): string[] {
    const ofLcp = middle(used, ({ vitals }) => vitals.largest?.at ?? 0).vitals;
    const byAction = new Map<string, Interaction[]>();
    for (const { vitals } of [...used, ...early]) {
        for (const one of vitals.slowest) {
            byAction.set(one.action, [...(byAction.get(one.action) ?? []), one]);
        }
    }
    const shifted = used.find(({ vitals }) => vitals.cls > 0)?.vitals.shifted;
    return [
        `The largest was \`${ofLcp.largest?.element}\`: the page itself came after ${ofLcp.pageCame.toFixed(0)} ms, anything drawn after ${ofLcp.firstPaint.toFixed(0)} ms, it after ${ofLcp.largest?.at.toFixed(0)} ms.`,
        ...[...byAction].map(([action, all]) => {
            const one = middle(all, ({ duration }) => duration);
            const parts = `${one.waiting.toFixed(0)} ms waiting, ${one.running.toFixed(0)} ms in listeners, ${one.drawing.toFixed(0)} ms until drawn`;
            const longest = Math.max(...all.map(({ duration }) => duration)).toFixed(0);
            return `Slowest of ${action}: ${one.duration.toFixed(0)} ms in the run in the middle (\`${one.event}\` on \`${one.target}\`: ${parts}), ${longest} ms in the worst.`;
        }),
        ...(shifted ? [`What moved most: \`${shifted}\`.`] : []),
    ];
}

for (const kind of [ROOM_ON_PHONE, ROOM_ON_COMPUTER, SIGN_IN]) {
    test(kind.title, async ({ browser, clinic }, info) => {
        await measure(info, browser, clinic, kind);
    });
}

test('what the first page transfers', async ({ browser, clinic }, info) => {
    const figures: Figure[] = [];
    for (const [name, kind] of [['the page to sign in', SIGN_IN], ['the room', ROOM_ON_PHONE]] as const) {
        const { bytes, notBrotli } = (await visit(browser, clinic, kind, SLOW_4G, loaded)).vitals;
        // Strangers' pages do without the program, and fetch it for the page that follows once somebody types.
        const hasProgram = bytes.wasm > 0 && bytes.script > 0;
        if (notBrotli.length > 0 || hasProgram !== (kind === ROOM_ON_PHONE)) {
            throw new Error(`not what was to be measured: ${JSON.stringify({ bytes, notBrotli })}`);
        }
        const kb = (what: string, value: number): Figure => ({ what: `${name}: ${what}`, unit: 'kB', values: [value / 1_000] });
        figures.push(
            { ...kb('wasm and js', bytes.wasm + bytes.script), goal: { is: 'at most', value: 200 } },
            kb('wasm', bytes.wasm),
            kb('js', bytes.script),
            kb('css', bytes.style),
            kb('html', bytes.page),
        );
    }
    await report(info, {
        title: 'What the first page transfers, by brotli',
        figures,
        notes: [
            '1 kB is 1,000 bytes; bodies as transferred, without headers.',
            'The page to sign in fetches the program for the page that follows once somebody types; its own script is in the page itself.',
        ],
    });
});
