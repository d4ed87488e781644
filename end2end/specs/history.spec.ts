// A long conversation: the page opens with the newest messages and loads earlier ones on the way up
// without a jump.
import type { Clinic, Person } from '../support/clinic.ts';
import { Scroll } from '../support/scroll.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

const COUNT = 130;
const line = (number: number) => `Line ${String(number).padStart(3, '0')}`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => line(from + index));
const BEGINNING = 'This is the beginning of your conversation.';

async function longChat(clinic: Clinic, texts = lines(1, COUNT)): Promise<{ doctor: Person; ana: Person; chat: number }> {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    for (const [index, text] of texts.entries()) {
        await (index % 3 === 2 ? doctor : ana).say(chat, text);
    }
    return { doctor, ana, chat };
}

test('room opens at the newest message', async ({ clinic, asDoctor }) => {
    const { doctor, chat } = await longChat(clinic);
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect(room.bubble(line(COUNT))).toBeInViewport();
    await expect(room.bubble(line(COUNT - 49))).not.toBeInViewport();
    await expect(room.texts).toHaveCount(50);
});

test('earlier messages load without moving the view', async ({ clinic, asDoctor }) => {
    // Messages before the newest fifty are up to one and a half views tall.
    const texts = lines(1, COUNT).map((text, index) => (index < COUNT - 50 ? `${text}\n${'more\n'.repeat((index * 7) % 40)}end` : text));
    const { doctor, chat } = await longChat(clinic, texts);
    const room = await asDoctor(doctor, doctor.room(chat));
    const scroll = new Scroll(room);
    // Holds the history back until the first visible message is measured.
    let letThrough = () => {};
    const gate = new Promise<void>((done) => (letThrough = done));
    await room.page.route('**/fn/message/history**', async (route) => {
        await gate;
        await route.continue();
    });
    const asked = room.page.waitForRequest('**/fn/message/history**');
    await scroll.to(0.02);
    await asked;
    await expect(room.page.getByText('Loading earlier messages…')).toBeAttached();
    // Screen readers do not announce loaded messages: the log is busy until they are added.
    await expect(room.log).toHaveAttribute('aria-busy', 'true');
    const mark = await scroll.firstVisible();
    letThrough();
    await expect(room.texts).toHaveCount(100);
    await scroll.expectStays(mark);
    await expect(room.log).not.toHaveAttribute('aria-busy');
    await expect(room.texts).toHaveText(texts.slice(-100));
});

test('scrolling up shows every message once, in order', async ({ clinic, asPatient }) => {
    const { ana, chat } = await longChat(clinic);
    const room = await asPatient(ana, ana.room(chat));
    const scroll = new Scroll(room);
    await expect(async () => {
        await scroll.to(0);
        await expect(room.page.getByText(BEGINNING)).toBeVisible({ timeout: 300 });
    }).toPass();
    await expect(room.texts).toHaveText(lines(1, COUNT));
});

test('new message does not move a reader who scrolled up', async ({ clinic, asDoctor }) => {
    const { doctor, ana, chat } = await longChat(clinic);
    const home = await asDoctor(doctor);
    const room = await asDoctor(doctor, doctor.room(chat));
    // The newest message must be read before the test scrolls up.
    await home.expectUnread(ana.name, 0);
    const scroll = new Scroll(room);
    await scroll.to(0.5);
    const newest = room.newest;
    await expect(newest).toBeVisible();
    const mark = await scroll.firstVisible();
    // A message taller than the view does not move it either.
    await ana.say(chat, `Tall\n${'line\n'.repeat(60)}end`);
    await expect(newest).toHaveText('1 new message');
    await scroll.expectStays(mark);
    await ana.say(chat, 'Something new');
    await expect(room.bubble('Something new')).toBeAttached();
    await scroll.expectStays(mark);
    await expect(room.bubble('Something new')).not.toBeInViewport();
    await expect(newest).toHaveText('2 new messages');
    await newest.click();
    await expect(room.bubble('Something new')).toBeInViewport();
    await expect(newest).toBeHidden();
    // At the end, the view follows new messages again.
    await ana.say(chat, 'And one more');
    await expect(room.bubble('And one more')).toBeInViewport();
});

test('messages below the view stay unread until seen', async ({ clinic, asDoctor }) => {
    const { doctor, ana, chat } = await longChat(clinic);
    const home = await asDoctor(doctor);
    const room = await asDoctor(doctor, doctor.room(chat));
    await home.expectUnread(ana.name, 0);
    await new Scroll(room).to(0.5);
    const newest = room.newest;
    await expect(newest).toBeVisible();
    await ana.say(chat, 'Did you see this?');
    await expect(room.bubble('Did you see this?')).toBeAttached();
    await home.expectUnread(ana.name, 1);
    await newest.click();
    await home.expectUnread(ana.name, 0);
});

test('reloaded long chat opens at the newest message', async ({ clinic, asPatient }) => {
    const { ana, chat } = await longChat(clinic);
    const room = await asPatient(ana, ana.room(chat));
    await new Scroll(room).to(0.5);
    await room.page.reload();
    await hydrated(room.page);
    await expect(room.bubble(line(COUNT))).toBeAttached();
    await expect(room.texts.last()).toHaveText(line(COUNT));
});

test('calendar jumps to a day or reports that it failed', async ({ clinic, asPatient, guard }) => {
    const { ana, chat } = await longChat(clinic);
    const room = await asPatient(ana, ana.room(chat));
    await expect(room.bubble(line(1))).toHaveCount(0);
    const calendar = room.page.getByLabel('Jump to a date');
    // Leads to the first message on that day or later.
    await calendar.fill('2020-02-29');
    await expect(room.log.locator('.pointed-at')).toContainText(line(1));
    await expect(room.bubble(line(1))).toBeInViewport();
    guard.expectTrouble(/net::ERR_FAILED .*\/fn\/message\/history/);
    await room.page.route('**/fn/message/history**', (route) => route.abort());
    await calendar.fill('2020-03-01');
    await expect(room.page.getByRole('status').filter({ hasText: "can't be reached" })).toBeVisible();
});

test('unanswered jump is reported and reading resumes', async ({ clinic, asDoctor }) => {
    const { doctor, ana, chat } = await longChat(clinic);
    const home = await asDoctor(doctor);
    const room = await asDoctor(doctor, doctor.room(chat), { before: (page) => page.clock.install() });
    await home.expectUnread(ana.name, 0);
    await room.page.route('**/fn/message/history**', () => {
        // The request is never answered.
    });
    const lead = async (to: string) => {
        await room.page.getByRole('button', { name: 'Search this chat' }).click();
        const dialog = room.page.getByRole('dialog');
        await dialog.getByLabel('Search for').fill(to);
        const found = dialog.getByRole('list').getByRole('link');
        await expect(async () => {
            await room.page.clock.runFor(500);
            await expect(found).toBeVisible({ timeout: 500 });
        }).toPass();
        await found.click();
        await expect(dialog).toBeHidden();
    };
    await lead('001');
    // Messages are not marked as read during a jump.
    await ana.say(chat, 'Are you there?');
    await home.expectUnread(ana.name, 1);
    await room.page.clock.runFor(16_000);
    const problem = room.page.getByRole('status').filter({ hasText: "can't be reached" });
    await expect(problem).toBeVisible();
    await room.page.clock.runFor(1_000);
    await home.expectUnread(ana.name, 0);
    // The next jump removes the notice. Its message is already loaded.
    await lead('128');
    await expect(problem).toHaveCount(0);
});
