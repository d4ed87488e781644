// The official Prisma client on Bedside's database, with three models: users, chats and messages.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { expect, test } from '../support/fixtures.ts';

test.skip(({ onPostgres }) => !onPostgres, 'Prisma writes to PostgreSQL only');

test('Prisma client opens chats, sends and reads, live on pages', async ({ clinic, server, asPatient, asDoctor }) => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: server.databaseUrl }) });
    try {
        const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
        const pair = { doctor_id: BigInt(doctor.id), patient_id: BigInt(ana.id) };
        const where = { doctor_id_patient_id: pair };
        expect(await prisma.doctor_patient_chat.findUnique({ where })).toBeNull();
        const { chat_id } = await prisma.doctor_patient_chat.create({ data: pair });
        const chat = Number(chat_id);
        expect(await ana.initiate(doctor)).toBe(chat);

        const room = await asPatient(ana, ana.room(chat));
        const theirs = await asDoctor(doctor, doctor.room(chat));
        await room.send('From the page');
        await theirs.expectTexts('From the page');
        const data = { chat_id, user_id: BigInt(doctor.id), content: 'From Prisma' };
        const message = await prisma.chat_message.create({ data, include: { sender: true } });
        expect(message.sender.name).toBe(doctor.name);
        for (const page of [room, theirs]) {
            await page.expectTexts('From the page', 'From Prisma');
        }
        await room.send('And back');
        await theirs.expectTexts('From the page', 'From Prisma', 'And back');

        const whole = await prisma.doctor_patient_chat.findUniqueOrThrow({
            where,
            include: { doctor: true, patient: true, messages: { orderBy: { id: 'asc' } } },
        });
        expect([whole.doctor.name, whole.patient.name]).toEqual([doctor.name, ana.name]);
        expect(whole.messages.map(({ content }) => content)).toEqual(['From the page', 'From Prisma', 'And back']);
        expect((await ana.messages(chat)).map(({ seq }) => seq)).toEqual([1, 2, 3]);

        const stranger = await clinic.patient();
        const foreign = { chat_id, user_id: BigInt(stranger.id), content: 'x' };
        await expect(prisma.chat_message.create({ data: foreign })).rejects.toThrow();
        await expect(prisma.doctor_patient_chat.create({ data: pair })).rejects.toMatchObject({ code: 'P2002' });
        await room.expectTexts('From the page', 'From Prisma', 'And back');
    } finally {
        await prisma.$disconnect();
    }
});
