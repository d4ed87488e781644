// The clinic that is measured: the demo clinic, whose patient also has a chat of 20,000 messages.
import { test as base, type BrowserContext } from '@playwright/test';
import { execFile } from 'node:child_process';
import { writeFile, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { PASSWORD } from '../support/clinic.ts';
import { Server } from '../support/server.ts';

export { expect } from '@playwright/test';

const run = promisify(execFile);

const PATIENT = 'nora@demo.example';
const DOCTOR = { role: 'doctor', email: 'long@demo.example', name: 'Dr. Iris Long', specialty: 'Endocrinology' };
/** How many messages the long chat has. */
export const LONG = 20_000;
const BETWEEN_MS = 11 * 60_000;
const SENTENCES = [
    'Thank you.',
    'The values from this morning look better than last week.',
    'I took the tablet with breakfast, as you said.',
    'Please measure again tomorrow before you eat, and write down the time as well.',
    'Is it all right to go swimming?',
    'That is a normal reaction. It should be gone within two or three days; if it is not, tell me here.',
    'I slept badly, about four hours, and my head hurt when I got up.',
    'Yes.',
];

/** A clinic, and how to look at it. */
export class MeasuredClinic {
    private constructor(
        readonly server: Server,
        private readonly password: string,
        /** The page of the long chat. */
        readonly room: string,
    ) {}

    static async start(request: BrowserContext['request']): Promise<MeasuredClinic> {
        const { server, passwords } = await Server.startDemo();
        try {
            const password = passwords.get(PATIENT);
            if (!password) {
                throw new Error(`the demo clinic has no ${PATIENT}`);
            }
            const doctorId = await server.addUser(DOCTOR, PASSWORD);
            const post = async (path: string, data: object) => {
                const answer = await request.post(server.url + path, { data });
                if (answer.status() !== 200) {
                    throw new Error(`${path} answered ${answer.status()}`);
                }
                return (await answer.json()) as { user: { id: number }; chatId: number };
            };
            const { user } = await post('/api/session', { email: PATIENT, password });
            const { chatId } = await post('/api/chats/initiate', { doctorId });
            // Nobody else may write while the server runs.
            await server.stop();
            await fill(server.databaseUrl.replace(/^sqlite:/, ''), chatId, [user.id, doctorId]);
            await server.startAgain();
            return new MeasuredClinic(server, password, `/patient/chat/${chatId}`);
        } catch (error) {
            await server.end();
            throw error;
        }
    }

    /** Signs the patient in. */
    async signIn(context: BrowserContext): Promise<void> {
        const answer = await context.request.post(`${this.server.url}/api/session`, { data: { email: PATIENT, password: this.password } });
        if (answer.status() !== 200) {
            throw new Error(`signing in answered ${answer.status()}`);
        }
    }
}

/** Writes the long chat's messages into the database's file, by turns of its members. */
async function fill(file: string, chat: number, members: [number, number]): Promise<void> {
    const end = Date.now() - BETWEEN_MS;
    const at = (seq: number) => `'${new Date(end - (LONG - seq) * BETWEEN_MS).toISOString().replace('T', ' ').replace('Z', '')}'`;
    const rows = Array.from({ length: LONG }, (_, index) => {
        const seq = index + 1;
        // Several sentences now and then, so that messages are of different heights.
        const words = Array.from({ length: 1 + (seq % 3) }, (_, more) => SENTENCES[(seq * 5 + more * 3) % SENTENCES.length]).join(' ');
        return `(${members[Math.floor(index / 2) % 2]}, ${chat}, '${seq}: ${words}', ${at(seq)}, ${seq}, '${randomUUID()}')`;
    });
    const script = `${file}.sql`;
    await writeFile(
        script,
        `BEGIN;
        INSERT INTO chat_message (user_id, chat_id, content, created_at, seq, client_id) VALUES ${rows.join(',\n')};
        UPDATE doctor_patient_chat SET last_seq = ${LONG}, updated_at = ${at(LONG)} WHERE chat_id = ${chat};
        UPDATE chat_member SET read_seq = ${LONG}, delivered_seq = ${LONG} WHERE chat_id = ${chat};
        COMMIT;`,
    );
    await run('sqlite3', ['-bail', '-init', '/dev/null', file, `.read ${script}`]);
    await rm(script);
}

export const test = base.extend<object, { clinic: MeasuredClinic }>({
    clinic: [
        async ({ playwright }, use) => {
            const request = await playwright.request.newContext();
            const clinic = await MeasuredClinic.start(request);
            await request.dispose();
            await use(clinic);
            await clinic.server.end();
        },
        { scope: 'worker', timeout: 60_000 },
    ],
});
