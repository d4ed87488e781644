// Pictures of the pages around the chats: settings, notifications, the directory, search, the
// admin's page and a missing page. Not part of a test run.
import type { Page } from '@playwright/test';
import { hydrated } from '../support/fixtures.ts';
import { EntryPage, PatientPage } from '../support/pages.ts';
import { setDoctor, test, underEveryLook, unseen } from '../support/screens.ts';

const WEEK = [1, 2, 3, 4, 5].flatMap((weekday) => [
    { weekday, opens: '08:00', closes: '12:30' },
    { weekday, opens: '13:30', closes: '17:00' },
]);

/** Replaces the browser's notifications, which it cannot show. Allows them when the page asks. */
function grantNotifications(permission: NotificationPermission): (page: Page) => Promise<unknown> {
    return (page) =>
        page.addInitScript((permission) => {
            class GrantedNotification {
                static permission = permission;
                static requestPermission(): Promise<NotificationPermission> {
                    GrantedNotification.permission = 'granted';
                    return Promise.resolve(GrantedNotification.permission);
                }
                onshow: (() => void) | null = null;
                constructor() {
                    queueMicrotask(() => this.onshow?.());
                }
                close(): void {}
            }
            Object.defineProperty(window, 'Notification', { value: GrantedNotification });
        }, permission);
}

underEveryLook(() => {
    test("pictures show a doctor's settings", async ({ pair: { elena }, asDoctor, shoot }) => {
        await setDoctor(elena, { hours: WEEK });
        const { page } = await asDoctor(elena, '/doctor/settings');
        const save = page.getByRole('button', { name: 'Save', exact: true });
        await page.getByLabel('Tuesday, opens', { exact: true }).fill('13:00');
        await page.getByLabel('Time zone').fill('Berlin');
        await page.getByLabel('Away from').fill('2026-12-24T08:00');
        await save.click();
        await page.getByText('This must be later than the opening time.').waitFor();
        await shoot(page, '72-settings-refused');
        await page.getByText('There is no such time zone.').scrollIntoViewIfNeeded();
        await page.getByText('Please fill in this field.').scrollIntoViewIfNeeded();
        await shoot(page, '73-settings-refused-below');
        await page.getByLabel('Tuesday, opens', { exact: true }).fill('08:00');
        await page.getByLabel('Time zone').fill('Europe/Berlin');
        await page.getByLabel('Away until').fill('2027-01-07T08:00');
        await page.getByLabel('Note to patients').fill('Dr. Samuel Okafor is here for me.');
        await save.click();
        await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor();
        await shoot(page, '74-settings-saved');
    });

    test('pictures show notifications', async ({ pair: { nora }, asPatient, shoot }) => {
        const refused = await asPatient(nora, '/patient/notifications', { before: grantNotifications('denied') });
        await refused.page.getByText('This browser blocks notifications').waitFor();
        await shoot(refused.page, '75-notifications-blocked');
        const { page } = await asPatient(nora, '/patient/notifications', { before: grantNotifications('default') });
        await page.getByRole('button', { name: 'Allow notifications' }).click();
        await page.getByText('Notifications are on.').waitFor();
        await page.getByLabel("Show the sender's name").check();
        await shoot(page, '76-notifications-on');
        await page.getByRole('button', { name: 'Send a test notification' }).click();
        await page.getByText('The browser showed the notification.').waitFor();
        await shoot(page, '77-notifications-tried');
        await page.getByLabel('Show a notification').uncheck();
        await page.getByText('they are turned off below').waitFor();
        await page.getByRole('heading', { name: 'Notifications' }).scrollIntoViewIfNeeded();
        await shoot(page, '78-notifications-off');
    });

    test('pictures show the directory', async ({ busy: { baseURL, nora }, asPatient, shoot }) => {
        const { page } = await asPatient(nora, '/patient', { baseURL });
        await page.getByText('For a headache that is new and strong').waitFor();
        await shoot(page, '79-directory-away');
        await new PatientPage(page).search.fill('psychiatry');
        await page.getByText('Not accepting new patients right now').waitFor();
        await shoot(page, '80-directory-not-accepting');
    });

    test('pictures show search', async ({ busy: { baseURL, nora, samuel, chat }, asDoctor, asPatient, shoot }) => {
        const everywhere = (await asDoctor(samuel, samuel.home, { baseURL })).page;
        await everywhere.getByRole('button', { name: 'Search messages' }).click();
        await everywhere.getByLabel('Search for').fill('can');
        await everywhere.getByRole('dialog').getByRole('link').first().waitFor();
        await shoot(everywhere, '81-search-everywhere');
        const { page } = await asPatient(nora, nora.room(chat), { baseURL, before: unseen });
        await page.getByRole('button', { name: 'Search this chat' }).click();
        await shoot(page, '82-search-one-chat-empty');
        await page.getByLabel('Search for').fill('tablet');
        await page.getByRole('dialog').getByRole('link').first().waitFor();
        await shoot(page, '83-search-one-chat');
    });

    test("pictures show the admin's page", async ({ busy: { baseURL, robin }, visitAs, shoot }) => {
        const page = await visitAs(robin, '/admin', { baseURL });
        await page.getByRole('button', { name: 'Mark as resolved' }).waitFor();
        await page.getByText('Tomás Herrera is waiting for Dr. Samuel Okafor').waitFor();
        await shoot(page, '84-admin');
        const section = async (name: string) => {
            await page.getByRole('navigation', { name: 'Clinic administration' }).getByRole('link', { name }).click();
            await hydrated(page);
        };
        await section('Reports');
        await shoot(page, '85-admin-reports');
        await section('Safety');
        await page.getByLabel('Emergency number').fill('call me');
        await page.getByRole('button', { name: 'Save' }).first().click();
        await page.getByText('Please use digits, spaces and + only.').waitFor();
        await page.locator('summary', { hasText: 'Reset' }).first().click();
        await shoot(page, '86-admin-safety');
        await section('Saved replies');
        const entry = page.getByRole('listitem').filter({ hasText: 'Prescription renewed' });
        await entry.locator('summary', { hasText: 'Delete' }).click();
        await shoot(page, '87-admin-saved-replies');
    });

    test('pictures show saved replies', async ({ busy: { baseURL, elena }, asDoctor, shoot }) => {
        const { page } = await asDoctor(elena, '/doctor/replies', { baseURL });
        const entry = page.getByRole('listitem').filter({ hasText: 'Blood pressure diary' });
        await entry.locator('summary', { hasText: 'Delete' }).click();
        await shoot(page, '88-saved-reply-delete');
        await entry.getByRole('button', { name: 'Cancel' }).click();
        await entry.getByText('Edit', { exact: true }).click();
        await page.getByRole('form', { name: 'Edit this reply' }).waitFor();
        await shoot(page, '89-saved-reply-edit');
    });

    test('pictures show refused sign-in and a missing page', async ({ browse, pair: { nora }, asPatient, shoot }) => {
        const stranger = await (await browse()).newPage();
        await stranger.goto('/sign-in');
        await hydrated(stranger);
        await new EntryPage(stranger).signIn('nora@demo.example', 'not my password at all');
        await stranger.getByText('The email or password is incorrect.').waitFor();
        await shoot(stranger, '90-sign-in-refused');
        const { page } = await asPatient(nora, nora.room(987_654_321));
        await page.getByRole('heading', { name: 'Page not found' }).waitFor();
        await shoot(page, '91-no-such-chat');
    });

    test.describe('without script', () => {
        test.use({ javaScriptEnabled: false });

        test('pictures show pages without script', async ({ pair: { nora, chat }, visitAs, shoot }) => {
            const page = await visitAs(nora, nora.room(chat));
            await shoot(page, '92-no-script-room');
            await page.goto('/patient/notifications');
            await shoot(page, '93-no-script-notifications');
        });
    });
});
