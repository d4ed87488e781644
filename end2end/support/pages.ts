// The pages of each role, found by accessible names only.
import { expect, type Locator, type Page } from '@playwright/test';

/** Waits until the page is hydrated. */
export async function hydrated(page: Page): Promise<void> {
    await page.locator('body[data-live="true"]').waitFor();
}

/** The pages for strangers: sign in, create an account. */
/** The button of the account menu; for visitors of the settings. */
export function accountButton(page: Page): Locator {
    return page.locator('#account-menu > summary');
}

export class EntryPage {
    readonly name: Locator;
    readonly email: Locator;
    readonly password: Locator;

    constructor(readonly page: Page) {
        this.name = page.getByLabel('Full name');
        this.email = page.getByLabel('Email');
        this.password = page.getByLabel('Password');
    }

    async signIn(email: string, password: string): Promise<void> {
        await this.email.fill(email);
        await this.password.fill(password);
        await this.page.getByRole('button', { name: 'Sign in' }).click();
    }

    async createAccount(name: string, email: string, password: string): Promise<void> {
        await this.name.fill(name);
        await this.email.fill(email);
        await this.password.fill(password);
        await this.page.getByRole('button', { name: 'Create account' }).click();
    }
}

/** The common part of patients' and doctors' pages: a list of chats and a room. */
export class ChatPage {
    readonly chats: Locator;
    readonly log: Locator;
    readonly message: Locator;
    readonly sendButton: Locator;
    /** The texts in the conversation, oldest first. */
    readonly texts: Locator;
    readonly banner: Locator;
    readonly backToChats: Locator;
    /** The button of the menu with the user's pages, language, theme and sign-out. */
    readonly account: Locator;
    /** The button that leads to the newest messages and shows how many are new. */
    readonly newest: Locator;

    constructor(readonly page: Page) {
        this.chats = page.getByRole('navigation', { name: 'Chats' });
        this.log = page.getByRole('log', { name: 'Conversation' });
        this.message = page.getByRole('textbox', { name: 'Message' });
        this.sendButton = page.getByRole('button', { name: 'Send', exact: true });
        this.texts = this.log.getByRole('paragraph');
        this.banner = page.getByText('No connection since');
        this.backToChats = page.getByRole('link', { name: 'Back to chats' });
        this.account = accountButton(page);
        this.newest = page.getByRole('button', { name: /newest messages$|new messages?$/ });
    }

    /** Opens the options of a message: with a touch screen by a tap on it. */
    async openOptions(entry: Locator): Promise<void> {
        const isTouch = await this.page.evaluate(() => matchMedia('(pointer: coarse)').matches);
        if (isTouch) {
            await entry.locator('.bubble').click({ position: { x: 4, y: 8 } });
        } else {
            await entry.getByRole('button', { name: 'Message options' }).click();
        }
    }

    /** Opens the account menu and signs out. */
    async signOut(): Promise<void> {
        const button = this.page.getByRole('button', { name: 'Sign out' });
        if (!(await button.isVisible())) {
            await this.account.click();
        }
        await button.click();
    }

    /** A message with its menu, time and status, found by its text. */
    entry(text: string): Locator {
        return this.log.locator('.message').filter({ has: this.page.getByText(text, { exact: true }) });
    }

    /** The open options of a message. */
    get options(): Locator {
        return this.log.getByRole('group', { name: 'Message options' });
    }

    /** Opens a message's options and chooses one. */
    async choose(text: string, option: string): Promise<void> {
        const entry = this.entry(text).last();
        await this.openOptions(entry);
        await this.options.getByRole('button', { name: option, exact: true }).click();
    }

    /** The row of a chat, found by the peer's name. */
    row(name: string): Locator {
        return this.chats.getByRole('link', { name });
    }

    /** The rows of all chats, in the order of the list. */
    get rows(): Locator {
        return this.chats.getByRole('listitem').getByRole('link');
    }

    /** Writes a message and sends it with the button. */
    async send(text: string): Promise<void> {
        await this.message.fill(text);
        await this.sendButton.click();
    }

    /** The text of a message that contains `text`. */
    bubble(text: string): Locator {
        return this.texts.filter({ hasText: text });
    }

    /** Waits until the conversation is exactly this. */
    async expectTexts(...texts: string[]): Promise<void> {
        await expect(this.texts).toHaveText(texts);
    }

    /** Waits until no message is pending or failed. */
    async expectAllSent(): Promise<void> {
        await expect(this.log.getByText('Sending…')).toHaveCount(0);
        await expect(this.log.getByText('Waiting:')).toHaveCount(0);
        await expect(this.log.getByText('Not sent')).toHaveCount(0);
    }

    /** Waits until the list says this many messages of a chat are unread. */
    async expectUnread(name: string, count: number): Promise<void> {
        const row = this.row(name);
        if (count === 0) {
            await expect(row).toBeVisible();
            await expect(row).not.toContainText('unread');
        } else {
            await expect(row).toContainText(`${count} unread`);
        }
    }
}

/** A patient's pages. */
export class PatientPage extends ChatPage {
    readonly search: Locator;
    readonly noResults: Locator;
    readonly clearSearch: Locator;

    constructor(page: Page) {
        super(page);
        this.search = page.getByLabel('Search doctors');
        this.noResults = page.getByText('No doctors match your search');
        this.clearSearch = page.getByRole('link', { name: 'Clear search' });
    }

    chatWith(doctor: string): Locator {
        return this.page.getByRole('button', { name: `Chat with ${doctor}`, exact: true });
    }
}

/** A doctor's pages. */
export class DoctorPage extends ChatPage {
    readonly chooseChat: Locator;

    constructor(page: Page) {
        super(page);
        this.chooseChat = page.getByRole('heading', { name: 'Choose a chat' });
    }
}
