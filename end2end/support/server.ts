// Runs the real program on a free port with an empty clinic. Tests restart and stop it.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { FileDatabase, ServerDatabase, type Database } from './database.ts';

const PROGRAM = resolve(process.env.BEDSIDE_DIST ?? '../target/quick-dist', 'bedside');
const START_WITHIN_MS = 20_000;
const STOP_WITHIN_MS = 12_000;
const LOG_KEPT = 200;

/** One clinic: a data folder and the program that serves it. */
export class Server {
    /** Where it listens, like `http://127.0.0.1:40123`; the same after a restart. */
    url = '';
    private child: ChildProcess | undefined;
    private readonly log: string[] = [];

    private constructor(
        private readonly data: string,
        private readonly database: Database,
        private readonly settings: NodeJS.ProcessEnv,
    ) {}

    /** Starts the program on an empty database, with `settings` of its own. */
    static async start(onPostgres = false, settings: NodeJS.ProcessEnv = {}): Promise<Server> {
        const server = await Server.empty(onPostgres, settings);
        await server.launch('127.0.0.1:0');
        return server;
    }

    /** Starts the program on the demo clinic. Also returns the passwords by email. */
    static async startDemo(settings: NodeJS.ProcessEnv = {}): Promise<{ server: Server; passwords: Map<string, string> }> {
        const server = await Server.empty(false, settings);
        const printed = await server.run(['demo'], '');
        const passwords = new Map<string, string>();
        for (const line of printed.trim().split('\n')) {
            const [, email, password] = line.trim().split(/\s+/);
            if (email && password) {
                passwords.set(email, password);
            }
        }
        await server.launch('127.0.0.1:0');
        return { server, passwords };
    }

    /** Starts a second node on the same PostgreSQL database. Stop it before this one ends. */
    async beside(): Promise<Server> {
        const beside = new Server(this.data, this.database, this.settings);
        await beside.launch('127.0.0.1:0');
        return beside;
    }

    /** Stops the program and deletes its data. */
    async end(): Promise<void> {
        await this.stop();
        await this.database.end();
        await rm(this.data, { recursive: true, force: true });
    }

    /** Stops the program: with SIGTERM, or with SIGKILL like a power loss. */
    async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
        const child = this.child;
        this.child = undefined;
        if (!child || child.exitCode !== null || child.signalCode !== null) {
            return;
        }
        const ended = new Promise<void>((done) => child.once('exit', () => done()));
        child.kill(signal);
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
        await ended;
        clearTimeout(late);
    }

    /** Starts the program again, on the same port and data. */
    async startAgain(): Promise<void> {
        await this.launch(new URL(this.url).host);
    }

    /** Copies the database to a backup. The program must be stopped. */
    async saveBackup(): Promise<void> {
        await this.database.saveBackup();
    }

    /** Restores the backup. The program must be stopped. */
    async restoreBackup(): Promise<void> {
        await this.database.restoreBackup();
    }

    /** Creates an account with the command line and returns its id. */
    async addUser(user: { role: string; email: string; name: string; specialty?: string }, password: string): Promise<number> {
        const flags = ['--role', user.role, '--email', user.email, '--name', user.name];
        const specialty = user.specialty === undefined ? [] : ['--specialty', user.specialty];
        const printed = await this.run(['user', 'add', ...flags, ...specialty], `${password}\n`);
        const id = /^id: (\d+)$/m.exec(printed)?.[1];
        if (!id) {
            throw new Error(`bedside user add printed no id: ${printed}`);
        }
        return Number(id);
    }

    /** Disables or enables an account in the database, as an operator does. */
    async setDisabled(user: number, isDisabled: boolean): Promise<void> {
        const at = isDisabled ? "'2026-01-01 00:00:00'" : 'NULL';
        await this.database.execute(`UPDATE "user" SET disabled_at = ${at} WHERE id = ${user}`);
    }

    /** The address of the database, for other programs. */
    get databaseUrl(): string {
        return this.database.url;
    }

    /** The last lines of the program's log. */
    recentLog(): string {
        return this.log.join('\n');
    }

    private static async empty(onPostgres: boolean, settings: NodeJS.ProcessEnv = {}): Promise<Server> {
        const data = await mkdtemp(join(tmpdir(), 'bedside-end2end-'));
        const database = onPostgres ? await ServerDatabase.create(basename(data)) : new FileDatabase(data);
        return new Server(data, database, settings);
    }

    private environment(address: string): NodeJS.ProcessEnv {
        return {
            PATH: process.env.PATH,
            HOME: process.env.HOME,
            BEDSIDE_ADDR: address,
            BEDSIDE_DATA_DIR: this.data,
            DATABASE_URL: this.database.url,
            BEDSIDE_LIMIT_SCALE: '1000000',
            BEDSIDE_LOG: 'warn',
            ...this.settings,
        };
    }

    private async launch(address: string): Promise<void> {
        const child = spawn(PROGRAM, ['serve'], {
            env: this.environment(address),
            stdio: ['ignore', 'pipe', 'pipe'],
        });
        this.child = child;
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
            this.log.push(...text.trimEnd().split('\n'));
            this.log.splice(0, Math.max(0, this.log.length - LOG_KEPT));
        });
        this.url = await new Promise<string>((done, fail) => {
            const late = setTimeout(() => fail(new Error(`no "listening on" in time:\n${this.recentLog()}`)), START_WITHIN_MS);
            child.once('error', fail);
            child.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${this.recentLog()}`)));
            createInterface({ input: child.stdout }).on('line', (line) => {
                const url = /listening on (http:\/\/\S+)/.exec(line)?.[1];
                if (url) {
                    clearTimeout(late);
                    done(url);
                }
            });
        });
    }

    private run(args: string[], input: string): Promise<string> {
        return new Promise((done, fail) => {
            const child = spawn(PROGRAM, args, {
                env: this.environment('127.0.0.1:0'),
                stdio: ['pipe', 'pipe', 'pipe'],
            });
            let [out, errors] = ['', ''];
            child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
            child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
            child.once('error', fail);
            child.once('close', (code) =>
                code === 0 ? done(out) : fail(new Error(`bedside ${args.join(' ')} ended with ${code}: ${errors}`)),
            );
            child.stdin.end(input);
        });
    }
}
