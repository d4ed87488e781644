// Counts of unread messages: live, the same in every tab, and gone once somebody really reads.
import { ChatPage } from '../support/pages.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

test('the badge counts up live on every open page, in every tab', async ({ clinic, asDoctor, isPhone }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const other = await ben.initiate(doctor);
    const home = await asDoctor(doctor);
    // On a phone a room shows no list: the second tab stays at home there.
    const elsewhere = await home.page.context().newPage();
    await elsewhere.goto(isPhone ? doctor.home : doctor.room(other));
    await hydrated(elsewhere);
    const tab = new ChatPage(elsewhere);
    await home.expectUnread(ana.name, 0);
    for (const count of [1, 2]) {
        await ana.say(chat, `Message ${count}`);
        await home.expectUnread(ana.name, count);
        await tab.expectUnread(ana.name, count);
        await expect(home.row(ana.name)).toContainText(`Message ${count}`);
    }
    await home.expectUnread(ben.name, 0);
});

test('whoever wrote last comes first, live', async ({ clinic, asPatient }) => {
    const [mei, luz, ana] = [await clinic.doctor(), await clinic.doctor(), await clinic.patient()];
    const [first, second] = [await ana.initiate(mei), await ana.initiate(luz)];
    await mei.say(first, 'Hello');
    await luz.say(second, 'Hello');
    const home = await asPatient(ana);
    await expect(home.rows).toContainText([luz.name, mei.name]);
    await mei.say(first, 'Are you there?');
    await expect(home.rows).toContainText([mei.name, luz.name]);
    await home.page.reload();
    await expect(home.rows).toContainText([mei.name, luz.name]);
});

test('reading clears the badge in the other tab too, and answers are no news', async ({ clinic, asDoctor, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'One', 'Two');
    const home = await asDoctor(doctor);
    const tab = new ChatPage(await home.page.context().newPage());
    await tab.page.goto(doctor.home);
    await hydrated(tab.page);
    await home.expectUnread(ana.name, 2);
    await tab.expectUnread(ana.name, 2);
    await tab.row(ana.name).click();
    await tab.expectTexts('One', 'Two');
    await home.expectUnread(ana.name, 0);
    // What one writes oneself is never unread, on no page of one's own.
    await tab.send('Three');
    await expect(home.row(ana.name)).toContainText('Three');
    await home.expectUnread(ana.name, 0);
    const patient = await asPatient(ana);
    await patient.expectUnread(doctor.name, 1);
});

test('a room that nobody looks at reads nothing', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const home = await asDoctor(doctor);
    const room = await asDoctor(doctor, doctor.room(chat), {
        // Playwright's pages always claim the focus; this one says what a window behind another says.
        before: async (page) => {
            await page.addInitScript(() => {
                Document.prototype.hasFocus = () => document.documentElement.dataset.looking === 'yes';
            });
        },
    });
    await ana.say(chat, 'Hello?');
    await room.expectTexts('Hello?');
    await home.expectUnread(ana.name, 1);
    await ana.say(chat, 'Anybody?');
    await room.expectTexts('Hello?', 'Anybody?');
    await home.expectUnread(ana.name, 2);
    await room.page.evaluate(() => {
        document.documentElement.dataset.looking = 'yes';
        window.dispatchEvent(new Event('focus'));
    });
    await home.expectUnread(ana.name, 0);
});

test("a new patient's chat appears in the doctor's open list by itself", async ({ clinic, asDoctor, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const home = await asDoctor(doctor);
    await expect(home.chats).toContainText('No patient has written yet.');
    const patient = await asPatient(ana);
    await patient.search.fill(doctor.name);
    await patient.chatWith(doctor.name).click();
    await patient.send('Hello, doctor');
    await home.expectUnread(ana.name, 1);
    await expect(home.row(ana.name)).toContainText('Hello, doctor');
    await expect(home.chats).not.toContainText('No patient has written yet.');
});

test('counts survive a reload, on a fresh device too', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const home = await asDoctor(doctor);
    await ana.say(chat, 'One', 'Two', 'Three');
    await home.expectUnread(ana.name, 3);
    await home.page.reload();
    await hydrated(home.page);
    await home.expectUnread(ana.name, 3);
    const device = await asDoctor(doctor);
    await device.expectUnread(ana.name, 3);
});
