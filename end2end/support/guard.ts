// Watches every page of a test. A console error or warning, an uncaught exception, a violation of
// the Content-Security-Policy or a 5xx response fails the test unless the test expects it.
import { expect, type BrowserContext } from '@playwright/test';

/** Collects errors and compares them with the expected ones. */
export class Guard {
    private readonly seen: string[] = [];
    private readonly expected: RegExp[] = [];

    /** Expects errors that the test causes. Each pattern is matched against one line. */
    expectTrouble(...patterns: RegExp[]): void {
        this.expected.push(...patterns);
    }

    /** Expects responses with this status, which the browser reports on its console. */
    expectStatus(status: number, path: string): void {
        const address = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        this.expectTrouble(
            new RegExp(`^console error: .*status of ${status} .*${address}\\d*(\\?\\S*)?\\]$`),
            new RegExp(`^status ${status}: \\w+ \\S*${address}\\d*(\\?\\S*)?$`),
        );
    }

    /** Expects the errors of sockets and requests that reach no server. */
    expectNoNetwork(): void {
        this.expectTrouble(
            /^console (error|warning): WebSocket connection to '\S+' failed/,
            /^console error: Failed to load resource: net::ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|NETWORK_CHANGED)/,
        );
    }

    /** Watches all pages of a context. */
    async watch(context: BrowserContext): Promise<void> {
        context.on('console', (message) => {
            if (['error', 'warning', 'assert'].includes(message.type())) {
                this.note(`console ${message.type()}: ${message.text()} [${message.location().url}]`);
            }
        });
        context.on('weberror', (error) => this.note(`exception: ${error.error().stack ?? error.error().message}`));
        context.on('response', (response) => {
            if (response.status() >= 500) {
                this.note(`status ${response.status()}: ${response.request().method()} ${response.url()}`);
            }
        });
        await context.exposeBinding('bedsideViolation', (_, text: string) => this.note(`policy: ${text}`));
        await context.addInitScript(() => {
            document.addEventListener('securitypolicyviolation', (event) => {
                const report = (window as unknown as { bedsideViolation(text: string): void }).bedsideViolation;
                report(`${event.effectiveDirective} blocked ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
            });
        });
    }

    /** Fails on errors that the test did not expect. */
    check(): void {
        const trouble = this.seen.filter((line) => !this.expected.some((pattern) => pattern.test(line)));
        expect(trouble, 'pages must be free of errors, warnings and violations').toEqual([]);
    }

    private note(line: string): void {
        this.seen.push(line.replaceAll('\n', ' '));
    }
}
