// The fixtures of every test: a server, people, guarded browser contexts and signed-in pages.
import { test as base, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { Clinic, type Person } from './clinic.ts';
import { Guard } from './guard.ts';
import { DoctorPage, PatientPage, hydrated } from './pages.ts';
import { Server } from './server.ts';

export { expect } from '@playwright/test';
export { PASSWORD, type Person } from './clinic.ts';
export { hydrated } from './pages.ts';

/** Options of a project besides those of Playwright. */
export interface Options {
    /** A small touch screen: one pane, and Enter breaks the line. */
    isPhone: boolean;
}

/** Options of a project for all tests that share a server. */
export interface WorkerOptions {
    /** The clinic uses PostgreSQL instead of SQLite. */
    onPostgres: boolean;
    /** The factor of the rate limits: so high that only tests of the limits reach them. */
    limitScale: string;
}

type Browse = (options?: BrowserContextOptions) => Promise<BrowserContext>;
type VisitOptions = BrowserContextOptions & {
    /** Prepares the page before its first navigation. */
    before?: (page: Page) => Promise<unknown>;
};

interface TestFixtures extends Options {
    guard: Guard;
    clinic: Clinic;
    /** A new, guarded browser context without a session. */
    browse: Browse;
    /** A page at `path` in a new, guarded context with this person's session. */
    visitAs: (person: Person, path?: string, options?: VisitOptions) => Promise<Page>;
    asPatient: (person: Person, path?: string, options?: VisitOptions) => Promise<PatientPage>;
    asDoctor: (person: Person, path?: string, options?: VisitOptions) => Promise<DoctorPage>;
}

export const test = base.extend<TestFixtures, WorkerOptions & { server: Server }>({
    onPostgres: [false, { option: true, scope: 'worker' }],
    limitScale: ['1000000', { option: true, scope: 'worker' }],
    isPhone: [false, { option: true }],

    server: [
        async ({ onPostgres, limitScale }, use) => {
            const server = await Server.start(onPostgres, { BEDSIDE_LIMIT_SCALE: limitScale });
            await use(server);
            await server.end();
        },
        { scope: 'worker' },
    ],

    baseURL: async ({ server }, use) => use(server.url),

    guard: [
        async ({}, use) => {
            const guard = new Guard();
            await use(guard);
            guard.check();
        },
        { auto: true },
    ],

    clinic: async ({ server }, use) => {
        const clinic = new Clinic(server);
        await use(clinic);
        await clinic.end();
    },

    context: async ({ context, guard }, use) => {
        await guard.watch(context);
        await use(context);
    },

    browse: async ({ browser, guard }, use) => {
        const contexts: BrowserContext[] = [];
        await use(async (options) => {
            // Options of the project (screen, locale, address) also apply to contexts created here.
            const context = await browser.newContext(options);
            contexts.push(context);
            await guard.watch(context);
            return context;
        });
        await Promise.all(contexts.map((context) => context.close()));
    },

    visitAs: async ({ browse, javaScriptEnabled }, use) => {
        await use(async (person, path = person.home, { before, ...options } = {}) => {
            const context = await browse({ ...options, storageState: await person.api.storageState() });
            const page = await context.newPage();
            await before?.(page);
            await page.goto(path);
            if (javaScriptEnabled !== false) {
                await hydrated(page);
            }
            return page;
        });
    },

    asPatient: async ({ visitAs }, use) => {
        await use(async (person, path, options) => new PatientPage(await visitAs(person, path, options)));
    },

    asDoctor: async ({ visitAs }, use) => {
        await use(async (person, path, options) => new DoctorPage(await visitAs(person, path, options)));
    },
});
