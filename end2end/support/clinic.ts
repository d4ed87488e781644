// The people of a test, created through the command line and the REST API.
import { expect, request, type APIRequestContext } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import type { Server } from './server.ts';

export type Role = 'patient' | 'doctor' | 'admin';

/** A message as the REST API returns it. */
export interface Message {
    seq: number;
    content: string;
}

/** The password of every test account: long and not easy to guess. */
export const PASSWORD = 'lantern pickle orbit 47';

/** A person with an account, signed in to the REST API. */
export class Person {
    constructor(
        readonly role: Role,
        readonly id: number,
        readonly name: string,
        readonly email: string,
        readonly password: string,
        readonly api: APIRequestContext,
    ) {}

    /** Their start page. */
    get home(): string {
        return `/${this.role}`;
    }

    /** Their page of a chat. */
    room(chat: number): string {
        return `${this.home}/chat/${chat}`;
    }

    /** Opens the chat with a doctor and returns its id. */
    async initiate(doctor: Person): Promise<number> {
        const answer = await this.api.post('/api/chats/initiate', { data: { doctorId: doctor.id } });
        expect(answer.status()).toBe(200);
        return ((await answer.json()) as { chatId: number }).chatId;
    }

    /** Sends messages one after the other. */
    async say(chat: number, ...contents: string[]): Promise<void> {
        for (const content of contents) {
            const answer = await this.api.post(`/api/chats/${chat}/messages`, { data: { clientId: randomUUID(), content } });
            expect(answer.status()).toBe(200);
        }
    }

    /** The newest messages of a chat, oldest first. */
    async messages(chat: number): Promise<Message[]> {
        const answer = await this.api.get(`/api/chats/${chat}/messages?limit=200`);
        expect(answer.status()).toBe(200);
        return ((await answer.json()) as { messages: Message[] }).messages;
    }
}

/** Creates people with names and emails that no other test has. */
export class Clinic {
    private readonly people: Person[] = [];

    constructor(readonly server: Server) {}

    /** A unique email. */
    email(): string {
        return `${randomUUID()}@example.org`;
    }

    /** A unique word of letters, to search for. */
    word(): string {
        return randomUUID()
            .replace(/[^a-f0-9]/g, '')
            .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? 'q')
            .slice(0, 10);
    }

    async patient(name = `Ana ${this.capitalWord()}`): Promise<Person> {
        const api = await this.stranger();
        const email = this.email();
        const answer = await api.post('/api/accounts', { data: { name, email, password: PASSWORD } });
        expect(answer.status()).toBe(201);
        const { user } = (await answer.json()) as { user: { id: number } };
        return this.keep(new Person('patient', user.id, name, email, PASSWORD, api));
    }

    async doctor(name = `Dr. Luz ${this.capitalWord()}`, specialty = 'General practice'): Promise<Person> {
        return this.byCommand('doctor', name, specialty);
    }

    async admin(name = `Robin ${this.capitalWord()}`): Promise<Person> {
        return this.byCommand('admin', name);
    }

    /** A person whose account exists already, signed in to the REST API. */
    async known(role: Role, name: string, email: string, password = PASSWORD): Promise<Person> {
        const api = await this.stranger();
        const answer = await api.post('/api/session', { data: { email, password } });
        expect(answer.status()).toBe(200);
        const { user } = (await answer.json()) as { user: { id: number } };
        return this.keep(new Person(role, user.id, name, email, password, api));
    }

    async end(): Promise<void> {
        await Promise.all(this.people.map((person) => person.api.dispose()));
    }

    private async byCommand(role: Role, name: string, specialty?: string): Promise<Person> {
        const email = this.email();
        await this.server.addUser({ role, email, name, ...(specialty === undefined ? {} : { specialty }) }, PASSWORD);
        return this.known(role, name, email);
    }

    private capitalWord(): string {
        const word = this.word();
        return word.charAt(0).toUpperCase() + word.slice(1);
    }

    private stranger(): Promise<APIRequestContext> {
        return request.newContext({ baseURL: this.server.url });
    }

    private keep(person: Person): Person {
        this.people.push(person);
        return person;
    }
}
