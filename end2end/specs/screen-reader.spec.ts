// Roles, names and states as a screen reader reports them, and live announcements.
import { EntryPage } from '../support/pages.ts';
import { tapped } from '../support/socket.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

test('log names sender, text, time, quote and status', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor('Dr. Luz Prieto'), await clinic.patient('Ana Ruiz')];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Is it serious?');
    const answer = { clientId: crypto.randomUUID(), content: 'No', replyTo: 1 };
    expect((await doctor.api.post(`/api/chats/${chat}/messages`, { data: answer })).status()).toBe(200);
    const view = await asPatient(ana, ana.room(chat));
    await view.send('Thank you');
    await view.expectAllSent();
    await expect(view.log).toMatchAriaSnapshot(`
      - log "Conversation":
        - separator: Today
        - text: "You:"
        - paragraph: Is it serious?
        - button "Message options"
        - time: /\\d+:\\d+/
        - separator: New messages
        - text: "Dr. Luz Prieto:"
        - link "You Is it serious?"
        - paragraph: "No"
        - button "Message options"
        - time: /\\d+:\\d+/
        - text: "You:"
        - paragraph: Thank you
        - button "Message options"
        - time: /\\d+:\\d+/
        - text: Sent
    `);
    // Additions only: a change of status does not repeat the message.
    await expect(view.log).toHaveAttribute('aria-live', 'polite');
    await expect(view.log).toHaveAttribute('aria-relevant', 'additions');
    // Each name occurs once: assistive tools and voice control find elements by name.
    for (const label of ['Message', 'Conversation']) {
        await expect(view.page.getByLabel(label, { exact: true }), label).toHaveCount(1);
    }
    await view.entry('Thank you').getByRole('button', { name: 'Message options' }).click();
    await expect(view.log).toMatchAriaSnapshot(`
      - log "Conversation":
        - paragraph: Thank you
        - button "Message options" [expanded]
        - group "Message options":
          - button "Reply"
          - button "Copy"
          - button "Correct"
          - button "Unsend"
    `);
});

test('room names its peer, controls and field', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor('Dr. Luz Prieto', 'Cardiology'), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await doctor.say(chat, 'Good morning');
    const view = await asPatient(ana, ana.room(chat));
    const main = view.page.getByRole('main');
    await expect(main).toMatchAriaSnapshot(`
      - main:
        - heading "Dr. Luz Prieto" [level=1]
        - paragraph: Cardiology
        - button "Search this chat"
        - textbox "Jump to a date"
        - region "Chat history":
          - paragraph: This is the beginning of your conversation.
          - log "Conversation"
        - textbox "Message"
        - button "Send"
        - status
    `);
    await expect(main.locator('summary')).toHaveAccessibleName('Chat options');
    await expect(view.message).toHaveAccessibleDescription('');
    await view.message.fill('x'.repeat(9_990));
    await expect(view.message).toHaveAccessibleDescription('10 characters left');
    await view.message.fill('');
    await view.choose('Good morning', 'Reply');
    await expect(main).toMatchAriaSnapshot(`
      - paragraph:
        - strong: Replying to Dr. Luz Prieto
        - text: Good morning
      - button "Cancel"
      - textbox "Message"
    `);
});

test('inbox names its parts, counts and waiting patients', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient('Ana Ruiz'), await clinic.patient('Ben Ode')];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(anas, 'One', 'Two');
    await ben.say(bens, 'Hello');
    await doctor.say(bens, 'Good morning');
    const view = await asDoctor(doctor);
    await expect(view.chats).toMatchAriaSnapshot(`
      - navigation "Chats":
        - heading "Patients" [level=2]
        - button "Search messages"
        - group "Show":
          - button "All 2" [pressed]
          - button "Waiting on you 1"
          - button "Waiting on patient 1"
          - button "Done 0"
          - button "Archived 0"
        - heading "Waiting on you" [level=3]
        - list:
          - listitem:
            - link /Ana Ruiz Waiting since \\d+:\\d+ Two \\d+:\\d+ 2 unread/
        - heading "Waiting on patient" [level=3]
        - list:
          - listitem:
            - link /Ben Ode You. Good morning \\d+:\\d+/
    `);
    await view.chats.getByRole('button', { name: 'Done' }).click();
    await expect(view.chats.getByRole('status')).toHaveText('No chats here');
    await view.chats.getByRole('button', { name: 'All' }).click();
    await view.row('Ana Ruiz').click();
    await view.expectTexts('One', 'Two');
    await view.message.fill('/');
    if (await view.row('Ana Ruiz').isVisible()) {
        await expect(view.row('Ana Ruiz')).toHaveAttribute('aria-current', 'page');
    }
});

test('saved replies are a listbox with a selected option', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const title = `Fasting ${clinic.word()}`;
    expect((await doctor.api.post('/api/saved-replies', { data: { title, content: 'Eat nothing.' } })).status()).toBe(201);
    const view = await asDoctor(doctor, doctor.room(chat));
    await view.message.pressSequentially(`/${title}`);
    await expect(view.page.getByRole('listbox')).toMatchAriaSnapshot(`
      - listbox "Saved replies":
        - option /Fasting \\w+ ?Eat nothing\\./ [selected]
    `);
    await expect(view.message).toHaveAttribute('aria-autocomplete', 'list');
    const option = view.page.getByRole('listbox').getByRole('option');
    await expect(option).toHaveId((await view.message.getAttribute('aria-activedescendant')) ?? 'none');
});

test('search announces results and names their chats', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor('Dr. Luz Prieto'), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Tablets at noon');
    const { page } = await asPatient(ana, ana.room(chat));
    await page.getByRole('button', { name: 'Search this chat' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Search for').fill('tablets');
    await expect(dialog).toMatchAriaSnapshot(`
      - dialog "Search messages":
        - search:
          - searchbox "Search for"
          - checkbox "Only with Dr. Luz Prieto" [checked]
          - status: 1 message found
          - list:
            - listitem:
              - link /Dr\\. Luz Prieto \\d+:\\d+ You. Tablets at noon/
        - button "Close"
    `);
    await dialog.getByLabel('Search for').fill('nothing like this');
    await expect(dialog.getByRole('status')).toHaveText('No results');
});

test('directory names doctors who accept no new patients', async ({ clinic, asPatient }) => {
    const word = clinic.word();
    const [open, closed] = [await clinic.doctor(`Dr. ${word} Abad`, 'Cardiology'), await clinic.doctor(`Dr. ${word} Blanco`, 'Cardiology')];
    const settings = (await (await closed.api.get('/api/doctor/settings')).json()) as object;
    expect((await closed.api.put('/api/doctor/settings', { data: { ...settings, acceptingChats: false } })).status()).toBe(200);
    const view = await asPatient(await clinic.patient());
    await view.search.fill(word);
    await expect(view.page.getByRole('main').getByRole('listitem')).toHaveCount(2);
    await expect(view.page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Find a doctor" [level=1]
        - search:
          - searchbox "Search doctors"
          - combobox "Specialty"
          - button "Search"
        - list:
          - listitem:
            - heading "${open.name}" [level=2]
            - paragraph: Cardiology
            - button "Chat with ${open.name}"
          - listitem:
            - heading "${closed.name}" [level=2]
            - paragraph: Cardiology
            - paragraph: Not accepting new patients right now
    `);
});

test('form names its errors at the top and at each field', async ({ page, clinic, asDoctor }) => {
    await page.goto('/sign-in');
    await hydrated(page);
    await new EntryPage(page).signIn('nobody@example.org', 'no such password');
    await expect(page.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Sign in" [level=1]
        - alert: The email or password is incorrect. Please try again.
        - textbox "Email": nobody@example.org
        - textbox "Password"
        - button "Sign in"
        - paragraph:
          - link "Create account"
    `);
    const theirs = (await asDoctor(await clinic.doctor(), '/doctor/settings')).page;
    await theirs.getByLabel('Time zone').fill('Berlin');
    await theirs.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(theirs.getByLabel('Time zone')).toHaveAccessibleDescription(/There is no such time zone\./);
    await expect(theirs.getByLabel('Time zone')).toHaveAttribute('aria-invalid', 'true');
    await expect(theirs.getByLabel('Time zone')).toBeFocused();
    await theirs.getByLabel('Time zone').fill('');
    await theirs.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(theirs.getByRole('main')).toMatchAriaSnapshot(`
      - main:
        - heading "Your settings" [level=1]
        - group "New patients":
          - switch "Accept new patients" [checked]
        - group "Office hours":
          - group:
            - list:
              - listitem:
                - textbox "Monday, opens"
                - textbox "Monday, closes"
            - button "Copy Monday to Tue–Fri"
          - textbox "Time zone"
        - group "Time away":
          - textbox "Away from"
          - textbox "Away until"
          - textbox "Note to patients"
        - button "Save"
        - status: Saved
    `);
});

test('message, lost connection and failure are announced', async ({ clinic, asPatient, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor('Dr. Luz Prieto'), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello');
    const { before, tap } = tapped();
    const view = await asPatient(ana, ana.room(chat), { before });
    const { page } = view;
    await view.expectTexts('Hello');
    // Screen readers announce only changes in a region that existed before.
    const banner = page.getByRole('status').and(page.locator('.connection'));
    await expect(banner).toHaveText('');
    await view.log.evaluate((log) => {
        const heard: string[] = [];
        (window as unknown as { heard: string[] }).heard = heard;
        new MutationObserver((changes) => {
            for (const change of changes) {
                heard.push(...[...change.addedNodes].map((node) => node.textContent ?? '').filter((text) => /: /.test(text)));
            }
        }).observe(log, { childList: true, subtree: true });
    });
    await doctor.say(chat, 'How are you?');
    await expect(view.texts).toHaveCount(2);
    const heard = await page.evaluate(() => (window as unknown as { heard: string[] }).heard);
    expect(heard.filter((text) => text.includes('How are you?')), 'the message is said once').toHaveLength(1);
    expect(heard[0], 'who, what and when').toMatch(/Dr\. Luz Prieto: .*How are you\?.*\d:\d\d/s);

    // A change of status must not draw a message again.
    await view.send('Much better');
    const delivery = view.entry('Much better').locator('.delivery');
    await expect(delivery).toHaveText('Sent');
    await view.log.evaluate((log) => {
        const added: string[] = [];
        (window as unknown as { added: string[] }).added = added;
        new MutationObserver((changes) => {
            for (const change of changes) {
                const parts = [...change.addedNodes].map((node) => (node instanceof Element ? node : change.target as Element));
                added.push(...parts.filter((part) => part.closest('[aria-live="off"]') === null).map((part) => part.outerHTML));
            }
        }).observe(log, { childList: true, subtree: true });
    });
    await doctor.api.post(`/api/chats/${chat}/read`, { data: { seq: 3 } });
    await expect(delivery).toHaveText(/^Read/);
    expect(await page.evaluate(() => (window as unknown as { added: string[] }).added)).toEqual([]);

    tap().refuse('unavailable');
    await view.send('Better');
    const refused = view.log.getByRole('alert');
    await expect(refused).toMatchAriaSnapshot(`
      - alert:
        - strong: Not sent
    `);
    await expect(view.entry('Better')).toMatchAriaSnapshot(`
      - paragraph: Better
      - alert
      - button "Retry"
      - button "Copy"
      - button "Discard"
    `);
    await page.context().setOffline(true);
    await expect(banner).toHaveText(/^No connection since \d+:\d+/);
    await page.context().setOffline(false);
    await expect(banner).toHaveText('');
});

test('empty directory search is announced', async ({ clinic, asPatient }) => {
    await clinic.doctor();
    const view = await asPatient(await clinic.patient());
    await view.search.fill('zzzz nobody');
    await expect(view.page.getByRole('main').getByRole('status')).toContainText('No doctors match your search');
});
