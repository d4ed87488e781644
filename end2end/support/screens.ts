// Takes pictures of pages for people to view, in every look, into the folder SCREENS_DIR.
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

/** A new demo clinic on a server of its own. */
export interface Demo {
    baseURL: string;
    nora: Person;
    elena: Person;
    robin: Person;
}

/** The demo clinic on a busy day. */
export interface Busy extends Demo {
    /** Nora's chat with Elena, which is some days old. */
    chat: number;
    /** The doctor with a full inbox. */
    samuel: Person;
    /** Samuel's chat with a patient who has waited too long. */
    late: number;
}

/** A patient and a doctor of this test only, and their chat. */
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
    /** The end of the file names of pictures. */
    look: string;
    shoot: (page: Page, name: string) => Promise<void>;
    pair: Pair;
}

export const test = base.extend<TestFixtures, { demo: Demo; busy: Busy }>({
    look: ['', { option: true }],

    // Many pictures show errors, so the guard does not fail the test.
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
            // In the demo clinic a patient has waited for two hours: longer than the least limit.
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

/** Defines the tests for every size and both themes. */
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

/** Takes the focus from the page, so it marks nothing as read and later pictures do not change. */
export async function unseen(page: Page): Promise<void> {
    await page.addInitScript(() => {
        Document.prototype.hasFocus = () => false;
    });
}

/** Calls the REST API and ignores the response body. */
async function send(person: Person, path: string, data: object, method = 'POST'): Promise<void> {
    const answer = await person.api.fetch(path, { method, data });
    expect(answer.ok(), `${method} ${path}: ${answer.status()}`).toBe(true);
}

/** Changes the status of a chat. */
export async function act(person: Person, chat: number, what: { act: string; [field: string]: unknown }): Promise<void> {
    await send(person, `/api/chats/${chat}/standing`, what);
}

/** Sends a message that is flagged urgent. */
export async function alarm(person: Person, chat: number, content: string): Promise<void> {
    await send(person, `/api/chats/${chat}/messages`, { clientId: randomUUID(), content, isUrgent: true });
}

/** Marks all messages of a chat as read. */
export async function readAll(chat: number, ...readers: Person[]): Promise<void> {
    for (const reader of readers) {
        await send(reader, `/api/chats/${chat}/read`, { seq: await lastSeq(reader, chat) });
    }
}

async function lastSeq(person: Person, chat: number): Promise<number> {
    return (await person.messages(chat)).at(-1)?.seq ?? 0;
}

/** Sets a doctor's settings. Without hours, the doctor is always in. */
export async function setDoctor(doctor: Person, settings: { acceptingChats?: boolean; hours?: object[]; away?: object }): Promise<void> {
    await send(doctor, '/api/doctor/settings', { acceptingChats: true, ...settings }, 'PUT');
}

/** A time away that has begun and ends after so many days. */
export function awayFor(days: number, note: string): object {
    return { from: '2020-01-01T08:00:00Z', until: new Date(Date.now() + days * 86_400_000).toISOString(), note };
}

/** Runs a demo clinic whose people can be signed in. */
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

/** Fills the inboxes of the demo clinic and adds reports for the admin. */
async function busyDay(clinic: Clinic, known: Known): Promise<Busy> {
    const [nora, tomas, grace] = [await known(NORA), await known(TOMAS), await known(GRACE)];
    const [elena, samuel, arjun] = [await known(ELENA), await known(SAMUEL), await known(ARJUN)];
    const robin = await known(ROBIN);
    await setDoctor(arjun, { away: awayFor(6, 'For a headache that is new and strong, please write to Dr. Samuel Okafor.') });
    // Always in, so his patients wait at any hour.
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
    await send(grace, `/api/chats/${urgent}/report`, { reason: 'I was asked to come at nine, and nobody was there.' });
    const { reports } = (await (await robin.api.get('/api/oversight')).json()) as { reports: { id: number }[] };
    for (const { id } of reports) {
        await send(robin, `/api/reports/${id}/settle`, {});
    }
    await send(samuel, `/api/chats/${late}/report`, {
        reason: 'He sends the same picture of his X-ray every night, and asks me to call him at home.\nI have asked him twice not to.',
    });
    return { baseURL: clinic.server.url, nora, elena, robin, chat, samuel, late };
}
