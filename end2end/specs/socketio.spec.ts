// The official Socket.IO client, as other programs use it.
import { io, type Socket } from 'socket.io-client';
import { randomUUID } from 'node:crypto';
import type { Person } from '../support/clinic.ts';
import { expect, test } from '../support/fixtures.ts';

interface Row {
    id: number;
    user_id: number;
    chat_id: number;
    content: string;
    is_ai: boolean;
    created_at: string;
}

/** A program with a user's session that joins a chat after each connect. */
class Program {
    readonly heard: Row[] = [];
    connects = 0;

    /** How many times it has joined the chat. */
    joins = 0;

    private constructor(readonly socket: Socket) {}

    static async join(person: Person, url: string, chat: number, transports?: string[]): Promise<Program> {
        const { cookies } = await person.api.storageState();
        const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
        const options = { extraHeaders: { cookie }, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 500 };
        const program = new Program(io(url, transports ? { ...options, transports } : options));
        program.socket.on('message:receive', (row: Row) => program.heard.push(row));
        const joined = new Promise<void>((done, fail) => {
            program.socket.on('connect', () => {
                program.connects += 1;
                program.socket.emit('join', chat, (answer: { ok: boolean }) => {
                    if (!answer.ok) {
                        return fail(new Error('refused'));
                    }
                    program.joins += 1;
                    done();
                });
            });
            program.socket.on('connect_error', (error) => program.connects === 0 && fail(error));
        });
        await joined;
        return program;
    }

    contents(): string[] {
        return this.heard.map((row) => row.content);
    }
}

let programs: Program[] = [];
test.afterEach(() => {
    programs.forEach((program) => program.socket.disconnect());
    programs = [];
});

async function join(...args: Parameters<typeof Program.join>): Promise<Program> {
    const program = await Program.join(...args);
    programs.push(program);
    return program;
}

for (const transports of [['websocket'], ['polling'], undefined]) {
    const name = transports?.join() ?? 'polling, then websocket';
    test(`programs and a page talk in one chat: ${name}`, { tag: transports ? '@slow' : [] }, async ({ clinic, server, asPatient }) => {
        const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
        const chat = await ana.initiate(doctor);
        const room = await asPatient(ana, ana.room(chat));
        const his = await join(doctor, server.url, chat, transports);
        const hers = await join(ana, server.url, chat, transports);
        const sent = { chatId: chat, senderId: doctor.id, content: 'From a program' };
        const answer = await his.socket.timeout(8_000).emitWithAck('message:send', sent);
        expect(answer).toMatchObject({ ok: true, message: { chatId: chat, seq: 1, senderId: doctor.id, content: 'From a program' } });
        await room.expectTexts('From a program');
        await room.send('From the page');
        await room.expectAllSent();
        await ana.say(chat, 'By HTTP');
        for (const program of [his, hers]) {
            await expect.poll(() => program.contents()).toEqual(['From a program', 'From the page', 'By HTTP']);
        }
        expect(hers.heard[0]).toEqual({
            id: answer.message.id,
            user_id: doctor.id,
            chat_id: chat,
            content: 'From a program',
            is_ai: false,
            created_at: answer.message.createdAt,
            seq: 1,
        });
        const foreign = await his.socket.timeout(8_000).emitWithAck('message:send', { ...sent, senderId: ana.id });
        expect(foreign).toMatchObject({ ok: false, code: 'sender_mismatch' });
        await room.expectTexts('From a program', 'From the page', 'By HTTP');
        if (!transports) {
            await expect.poll(() => his.socket.io.engine.transport.name).toBe('websocket');
        }
    });
}

for (const [transport, signal] of [
    ['websocket', 'SIGTERM'],
    ['polling', 'SIGTERM'],
    ['websocket', 'SIGKILL'],
    ['polling', 'SIGKILL'],
] as const) {
    const tag = transport === 'websocket' && signal === 'SIGTERM' ? [] : '@slow';
    test(`program reconnects after a restart: ${transport}, ${signal}`, { tag }, async ({ clinic, server }) => {
        const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
        const chat = await ana.initiate(doctor);
        const his = await join(doctor, server.url, chat, [transport]);
        await server.stop(signal);
        await server.startAgain();
        await expect.poll(() => his.joins).toBe(2);
        const draft = { chatId: chat, content: 'After it', clientId: randomUUID() };
        const first = await his.socket.timeout(8_000).emitWithAck('message:send', draft);
        const again = await his.socket.timeout(8_000).emitWithAck('message:send', draft);
        expect(again).toEqual(first);
        await ana.say(chat, 'And an answer');
        await expect.poll(() => his.contents()).toEqual(['After it', 'And an answer']);
    });
}
