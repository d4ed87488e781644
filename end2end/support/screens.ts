// Pictures of pages for people to look at, into the folder that SCREENS_DIR names: the same under every look.
import { expect, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Clinic, type Person, type Role } from './clinic.ts';
import { test as base } from './fixtures.ts';
import { Guard } from './guard.ts';
import { Server } from './server.ts';

const FOLDER = process.env.SCREENS_DIR ?? 'screens';
const WIDE = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, isPhone: true };
export const SIZES = { wide: WIDE, phone: PHONE };

/** The demo clinic, just opened. Its people are at an address of its own. */
export interface Demo {
    baseURL: string;
    nora: Person;
    elena: Person;
    robin: Person;
}

/** The demo clinic on a day with much to do. */
export interface Busy extends Demo {
    /** Nora's chat with Elena, which is some days old. */
    chat: number;
    /** Whose inbox is full. */
    samuel: Person;
    /** The chat with Samuel of one who has waited too long. */
    late: number;
}

/** A patient and a doctor whom nobody else has seen, and what they have said. */
export interface Pair {
    nora: Person;
    elena: Person;
    chat: number;
}

type Known = (who: readonly [Role, string, string]) => Promise<Person>;

const NORA = ['patient', 'Nora Lindqvist', 'nora'] as const;
const TOMAS = ['patient', 'Tomás Herrera', 'tomas'] as const;
const GRACE = ['patient', 'Grace Adeyemi', 'grace'] as const;
const ELENA = ['doctor', 'Dr. Elena García', 'elena.garcia'] as const;
const SAMUEL = ['doctor', 'Dr. Samuel Okafor', 'samuel.okafor'] as const;
const ARJUN = ['doctor', 'Dr. Arjun Mehta', 'arjun.mehta'] as const;
const ROBIN = ['admin', 'Robin Achterberg', 'admin'] as const;

interface TestFixtures {
    /** What the pictures' names end with. */
    look: string;
    shoot: (page: Page, name: string) => Promise<void>;
    pair: Pair;
}

export const test = base.extend<TestFixtures, { demo: Demo; busy: Busy }>({
    look: ['', { option: true }],

    // Much of what is to be seen here is trouble.
    guard: async ({}, use) => use(new Guard()),

    shoot: async ({ look }, use) => {
        mkdirSync(FOLDER, { recursive: true });
        await use(async (page, name) => {
            const path = join(FOLDER, `${name}-${look}.jpg`);
            await page.screenshot({ path, type: 'jpeg', quality: 75, animations: 'disabled' });
        });
    },

    demo: [
        async ({}, use) => {
            await withDemo({}, async (clinic, known) => {
                const baseURL = clinic.server.url;
                await use({ baseURL, nora: await known(NORA), elena: await known(ELENA), robin: await known(ROBIN) });
            });
        },
        { scope: 'worker' },
    ],

    busy: [
        async ({}, use) => {
            // In the demo clinic somebody has waited for two hours: too long by the shortest time that can be set.
            await withDemo({ BEDSIDE_WAITING_HOURS: '1' }, async (clinic, known) => use(await busyDay(clinic, known)));
        },
        { scope: 'worker' },
    ],

    pair: async ({ clinic }, use) => {
        const elena = await clinic.doctor('Dr. Elena García', 'Cardiology');
        const nora = await clinic.patient('Nora Lindqvist');
        const chat = await nora.initiate(elena);
        await nora.say(chat, 'Good morning. Since Monday I have had a headache every evening.', 'It goes away when I lie down.');
        await elena.say(chat, 'Thank you for writing. How long does it last, and do you take anything for it?');
        await nora.say(chat, 'An hour or two. Only water.');
        await elena.say(chat, 'Please keep a diary for a week, and write down what you eat.');
        await readAll(chat, nora, elena);
        await use({ nora, elena, chat });
    },
});

/** Defines the same tests for every size and in both colours. */
export function underEveryLook(define: () => void): void {
    for (const [size, options] of Object.entries(SIZES)) {
        for (const colorScheme of ['light', 'dark'] as const) {
            const look = `${size}-${colorScheme}`;
            test.describe(look, () => {
                test.use({ ...options, colorScheme, look });
                define();
            });
        }
    }
}

/** A page that nobody looks at: what it shows is not read, and the next picture shows the same. */
export async function unseen(page: Page): Promise<void> {
    await page.addInitScript(() => {
        Document.prototype.hasFocus = () => false;
    });
}

/** Calls for something that is answered without content, or with what nobody needs. */
async function tell(person: Person, path: string, data: object, method = 'POST'): Promise<void> {
    const answer = await person.api.fetch(path, { method, data });
    expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
}

/** Changes how a chat stands. */
export async function act(person: Person, chat: number, what: { act: string; [field: string]: unknown }): Promise<void> {
    await tell(person, `/api/chats/${chat}/standing`, what);
}

/** Sends a message that is flagged urgent. */
export async function alarm(person: Person, chat: number, content: string): Promise<void> {
    await tell(person, `/api/chats/${chat}/messages`, { clientId: randomUUID(), content, isUrgent: true });
}

/** Has everything of a chat read. */
export async function readAll(chat: number, ...readers: Person[]): Promise<void> {
    for (const reader of readers) {
        await tell(reader, `/api/chats/${chat}/read`, { seq: await lastSeq(reader, chat) });
    }
}

async function lastSeq(person: Person, chat: number): Promise<number> {
    return (await person.messages(chat)).at(-1)?.seq ?? 0;
}

/** Sets when a doctor is in. Without hours, at any time. */
export async function setDoctor(doctor: Person, settings: { acceptingChats?: boolean; hours?: object[]; away?: object }): Promise<void> {
    await tell(doctor, '/api/doctor/settings', { acceptingChats: true, ...settings }, 'PUT');
}

/** A time away that has begun, for so many days. */
export function awayFor(days: number, note: string): object {
    return { from: '2020-01-01T08:00:00Z', until: new Date(Date.now() + days * 86_400_000).toISOString(), note };
}

/** Runs a demo clinic, and signs in whoever is known there. */
async function withDemo(settings: NodeJS.ProcessEnv, use: (clinic: Clinic, known: Known) => Promise<void>): Promise<void> {
    const { server, passwords } = await Server.startDemo(settings);
    const clinic = new Clinic(server);
    await use(clinic, ([role, name, mailbox]) => {
        const email = `${mailbox}@demo.example`;
        return clinic.known(role, name, email, passwords.get(email));
    });
    await clinic.end();
    await server.end();
}

/** Fills the demo clinic's inboxes, and gives the admin something to look after. */
async function busyDay(clinic: Clinic, known: Known): Promise<Busy> {
    const [nora, tomas, grace] = [await known(NORA), await known(TOMAS), await known(GRACE)];
    const [elena, samuel, arjun] = [await known(ELENA), await known(SAMUEL), await known(ARJUN)];
    const robin = await known(ROBIN);
    await setDoctor(arjun, { away: awayFor(6, 'For a headache that is new and strong, please write to Dr. Samuel Okafor.') });
    // At any time: whatever the hour, his patients wait.
    await setDoctor(samuel, {});
    const urgent = await grace.initiate(samuel);
    await grace.say(urgent, 'I feel dizzy since this morning.');
    await alarm(grace, urgent, 'Now I have chest pain, too.');
    const answered = await nora.initiate(samuel);
    await nora.say(answered, 'Can I have my flu vaccination next to the new tablets?');
    await samuel.say(answered, 'Yes, you can. Any morning this week.');
    await readAll(answered, samuel);
    for (const [name, content, what] of [
        ['Ibrahim Haddad', 'Thank you, all is well again!', { act: 'done' }],
        ['Lucía Fernández-Villanueva', 'The plaster can come off, then.', { act: 'close', reason: 'All is well.', mayReopen: true }],
        ['Jonas Berg', 'Have a good summer.', { act: 'archive' }],
    ] as const) {
        const patient = await clinic.patient(name);
        const chat = await patient.initiate(samuel);
        await patient.say(chat, content);
        await readAll(chat, samuel);
        await act(samuel, chat, { seq: await lastSeq(samuel, chat), ...what });
    }

    const chat = await nora.initiate(elena);
    const late = await tomas.initiate(samuel);
    await tell(grace, `/api/chats/${urgent}/report`, { reason: 'I was told to come at nine, and nobody was there.' });
    const { reports } = (await (await robin.api.get('/api/oversight')).json()) as { reports: { id: number }[] };
    for (const { id } of reports) {
        await tell(robin, `/api/reports/${id}/settle`, {});
    }
    await tell(samuel, `/api/chats/${late}/report`, {
        reason: 'He sends the same picture of his X-ray every night, and asks me to call him at home.\nI have asked him twice not to.',
    });
    return { baseURL: clinic.server.url, nora, elena, robin, chat, samuel, late };
}
