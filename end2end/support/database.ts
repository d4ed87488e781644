// The database of a clinic: a SQLite file, or a database on the PostgreSQL server that
// scripts/postgres.sh runs.
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One clinic's database. */
export interface Database {
    /** The value of DATABASE_URL. */
    readonly url: string;
    /** Copies the database to a backup. Nothing may use the database meanwhile. */
    saveBackup(): Promise<void>;
    /** Restores the backup. Nothing may use the database meanwhile. */
    restoreBackup(): Promise<void>;
    /** Runs a statement as another program would. */
    execute(sql: string): Promise<void>;
    /** Deletes the database. */
    end(): Promise<void>;
}

/** A SQLite file in the data folder. */
export class FileDatabase implements Database {
    readonly url: string;
    private readonly file: string;

    constructor(folder: string) {
        this.file = join(folder, 'bedside.db');
        this.url = `sqlite:${this.file}`;
    }

    async saveBackup(): Promise<void> {
        await cp(this.file, `${this.file}.backup`);
    }

    async restoreBackup(): Promise<void> {
        await Promise.all(['-wal', '-shm'].map((end) => rm(`${this.file}${end}`, { force: true })));
        await cp(`${this.file}.backup`, this.file);
    }

    async execute(sql: string): Promise<void> {
        await run('sqlite3', ['-bail', '-cmd', '.timeout 10000', this.file, sql]);
    }

    async end(): Promise<void> {
        // The file is deleted with its folder.
    }
}

/** A database of the PostgreSQL server. */
export class ServerDatabase implements Database {
    private constructor(private readonly name: string) {}

    get url(): string {
        return `${ServerDatabase.server()}/${this.name}`;
    }

    /** Creates an empty database. */
    static async create(name: string): Promise<ServerDatabase> {
        const database = new ServerDatabase(name.toLowerCase().replaceAll(/\W/g, '_'));
        await ServerDatabase.run(`CREATE DATABASE ${database.name}`);
        return database;
    }

    async saveBackup(): Promise<void> {
        await ServerDatabase.run(`DROP DATABASE IF EXISTS ${this.name}_backup WITH (FORCE)`);
        await ServerDatabase.run(`CREATE DATABASE ${this.name}_backup TEMPLATE ${this.name}`);
    }

    async restoreBackup(): Promise<void> {
        await ServerDatabase.run(`DROP DATABASE ${this.name}`);
        await ServerDatabase.run(`CREATE DATABASE ${this.name} TEMPLATE ${this.name}_backup`);
    }

    async execute(sql: string): Promise<void> {
        await ServerDatabase.run(sql, this.name);
    }

    async end(): Promise<void> {
        for (const name of [this.name, `${this.name}_backup`]) {
            await ServerDatabase.run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
        }
    }

    private static server(): string {
        const server = process.env.BEDSIDE_TEST_POSTGRES;
        if (!server) {
            throw new Error('BEDSIDE_TEST_POSTGRES is not set: run this by scripts/postgres.sh');
        }
        return server;
    }

    private static async run(sql: string, database = 'postgres'): Promise<void> {
        await run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', `${ServerDatabase.server()}/${database}`, '-c', sql]);
    }
}
