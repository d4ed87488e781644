// Lighthouse's judgement of the page to sign in and of the room, as a phone sees them (its default).
//
// A package of it asks for the `latest` of others, which a lock without download addresses can't hold: package.json says which.
import { chromium } from '@playwright/test';
import lighthouse, { type Result } from 'lighthouse';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hydrated } from '../support/pages.ts';
import { test } from './clinic.ts';
import { machine, middle, report, type Figure } from './figures.ts';

const RUNS = 3;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];

/** Without the port, which is another one each time. */
function pathOf(url: string | undefined): string | undefined {
    return url && URL.canParse(url) ? new URL(url).pathname : undefined;
}

/** What an audit found, with the elements or files concerned. */
function complaint(audit: Result['audits'][string]): string {
    interface Item {
        node?: { selector?: string };
        url?: string;
        scriptUrl?: string;
        reason?: string;
    }
    const details = audit.details as { items?: Item[] } | undefined;
    const name = ({ node, url, scriptUrl, reason }: Item) => node?.selector ?? pathOf(url ?? scriptUrl) ?? reason;
    const where = (details?.items ?? []).map(name).filter((name) => name !== undefined);
    const value = audit.displayValue ? `, ${audit.displayValue}` : '';
    return `\`${audit.id}\` (${Math.round((audit.score ?? 0) * 100)}${value})${where.length > 0 ? `: ${where.slice(0, 8).map((name) => `\`${name}\``).join(', ')}` : ''}`;
}

/** Whatever is less than good, also if it doesn't count. */
function complaints(result: Result): string[] {
    return CATEGORIES.flatMap((id) => {
        const refs = result.categories[id]?.auditRefs ?? [];
        // What it hides is only there for older programs.
        const audits = refs.filter(({ group }) => group !== 'hidden').map(({ id, weight }) => ({ audit: result.audits[id], weight }));
        return audits.flatMap(({ audit, weight }) =>
            audit && audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'manual'
                ? [`${id}, weight ${weight}: ${complaint(audit)}.`]
                : [],
        );
    });
}

for (const isRoom of [false, true]) {
    test(`Lighthouse on ${isRoom ? 'the room' : 'the page to sign in'}`, async ({ clinic, launchOptions }, info) => {
        // Lighthouse drives the browser by a port, which the browser tells in its profile.
        const profile = await mkdtemp(join(tmpdir(), 'bedside-vitals-'));
        const results: Result[] = [];
        try {
            const context = await chromium.launchPersistentContext(profile, {
                ...launchOptions,
                args: [...(launchOptions.args ?? []), '--remote-debugging-port=0'],
                // Or Lighthouse would complain of it.
                ignoreDefaultArgs: ['--disable-back-forward-cache'],
                // The screen is Lighthouse's to choose.
                viewport: null,
            });
            try {
                const url = clinic.server.url + (isRoom ? clinic.room : '/sign-in');
                if (isRoom) {
                    await clinic.signIn(context);
                }
                const page = context.pages()[0] ?? (await context.newPage());
                await page.goto(url);
                await hydrated(page);
                if (page.url() !== url) {
                    throw new Error('this is not the page to measure');
                }
                await page.goto('about:blank');
                const port = Number.parseInt(await readFile(join(profile, 'DevToolsActivePort'), 'utf8'), 10);
                for (let run = 0; run < RUNS; run += 1) {
                    const told = await lighthouse(url, { port, onlyCategories: CATEGORIES, logLevel: 'error' });
                    if (!told || told.lhr.runtimeError || new URL(told.lhr.finalDisplayedUrl).href !== url) {
                        throw new Error(`Lighthouse failed: ${told?.lhr.runtimeError?.message ?? told?.lhr.finalDisplayedUrl}`);
                    }
                    results.push(told.lhr);
                }
            } finally {
                await context.close();
            }
        } finally {
            await rm(profile, { recursive: true, force: true });
        }
        const scores = (id: string) => results.map(({ categories }) => Math.round((categories[id]?.score ?? Number.NaN) * 100));
        const told = (what: string, audit: string): Figure => ({
            what,
            unit: audit === 'cumulative-layout-shift' ? '' : 'ms',
            values: results.map(({ audits }) => audits[audit]?.numericValue ?? Number.NaN),
        });
        const typical = middle(results, ({ categories }) => categories.performance?.score ?? 0);
        await report(info, {
            title: `Lighthouse ${typical.lighthouseVersion}: ${isRoom ? 'the room' : 'the page to sign in'}`,
            figures: [
                ...CATEGORIES.map((id): Figure => ({ what: id, unit: '', values: scores(id), goal: { is: 'at least', value: 95 } })),
                told('first contentful paint', 'first-contentful-paint'),
                told('largest contentful paint', 'largest-contentful-paint'),
                told('total blocking time', 'total-blocking-time'),
                told('speed index', 'speed-index'),
                told('cumulative layout shift', 'cumulative-layout-shift'),
                machine(results.map(({ environment }) => environment.benchmarkIndex)),
            ],
            notes: [...typical.runWarnings.map(String), ...complaints(typical)],
        });
    });
}
