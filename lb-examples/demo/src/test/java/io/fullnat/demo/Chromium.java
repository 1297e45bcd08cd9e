// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/// Debian's browser, without a screen, which asks nobody but the pages that it is told to open. For
/// one thread.
final class Chromium implements AutoCloseable {
    /// Kept, as loggers that nobody holds forget their level: it would say that it knows this
    /// browser's protocol but by name.
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

    private static final Path BROWSER = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Path SCREENS = Path.of("target/page");
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern ASKED =
            Pattern.compile(
                    "\"Network\\.requestWillBeSent\".*?\"request\":\\{.*?\"url\":\"([^\"]*)\"");

    private final ChromeDriver driver;
    private final List<String> errors = new ArrayList<>();
    private final List<String> asked = new ArrayList<>();

    private Chromium(ChromeDriver driver) {
        this.driver = driver;
    }

    /// Starts it.
    ///
    /// @param profile an empty folder
    static Chromium start(Path profile) {
        for (Path program : List.of(BROWSER, DRIVER)) {
            if (!Files.isExecutable(program) && "required".equals(System.getProperty("network"))) {
                throw new IllegalStateException(
                        "network tests are required (-Dnetwork=required), but "
                                + program
                                + " is not there; ./build installs it");
            }
            assumeTrue(Files.isExecutable(program), program + " is not there");
        }
        SELENIUM.setLevel(Level.SEVERE);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(BROWSER.toFile());
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--window-size=1280,900",
                "--user-data-dir=" + profile);
        ChromeDriverService service =
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(DRIVER.toFile())
                        .usingAnyFreePort()
                        .build();
        return new Chromium(new ChromeDriver(service, options));
    }

    /// Opens a page anew, on a large screen, and forgets what was before.
    Chromium open(String address) {
        driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
        driver.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
        driver.get("about:blank");
        errors();
        asked();
        errors.clear();
        asked.clear();
        driver.get(address);
        return this;
    }

    /// Opens a page in another tab, and looks at that.
    void openTab(String address) {
        driver.switchTo().newWindow(WindowType.TAB).get(address);
    }

    /// Closes all tabs but one.
    void closeTabs() {
        List<String> tabs = new ArrayList<>(driver.getWindowHandles());
        for (String tab : tabs.subList(1, tabs.size())) {
            driver.switchTo().window(tab).close();
        }
        driver.switchTo().window(tabs.getFirst());
    }

    /// Looks as a phone does.
    ///
    /// @param width of CSS
    Chromium phone(int width) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 780, "deviceScaleFactor", 2, "mobile", true));
        return this;
    }

    /// Has the system's colours, as pages hear of them.
    Chromium prefers(String feature, String value) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", feature, "value", value))));
        return this;
    }

    /// Waits for what the page will show.
    void await(String what, BooleanSupplier there) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isTrue(there)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "the page does not show: " + what + "\n" + text("body") + "\n" + errors());
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    private static boolean isTrue(BooleanSupplier there) {
        try {
            return there.getAsBoolean();
        } catch (StaleElementReferenceException | NoSuchElementException e) {
            return false; // the page is just being changed
        }
    }

    /// Waits for a text in an element.
    void awaitText(String selector, String words) {
        await(words, () -> text(selector).contains(words));
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    List<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector));
    }

    String text(String selector) {
        return find(selector).getText();
    }

    /// Runs what calls its last argument with its answer.
    Object later(String body, Object... arguments) {
        return Objects.requireNonNullElse(driver.executeAsyncScript(body, arguments), "");
    }

    Object script(String body, Object... arguments) {
        return Objects.requireNonNullElse(driver.executeScript(body, arguments), "");
    }

    /// Presses keys, whatever has the focus.
    void press(CharSequence... keys) {
        Actions actions = new Actions(driver);
        for (CharSequence key : keys) {
            actions.sendKeys(key);
        }
        actions.perform();
    }

    /// What has the focus, as a reader of screens names it.
    String focused() {
        WebElement element = driver.switchTo().activeElement();
        return element.getTagName() + " " + element.getAccessibleName();
    }

    /// Goes on by the tabulator key until something has the focus.
    void tabTo(String accessibleName) {
        for (int steps = 0; steps < 200; steps++) {
            if (accessibleName.equals(driver.switchTo().activeElement().getAccessibleName())) {
                return;
            }
            press(Keys.TAB);
        }
        throw new AssertionError("the tabulator key does not lead to " + accessibleName);
    }

    /// Keeps what is seen.
    Chromium shoot(String name) {
        try {
            Files.createDirectories(SCREENS);
            Files.write(SCREENS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /// An element as it is seen, as PNG.
    byte[] picture(String selector) {
        return find(selector).getScreenshotAs(OutputType.BYTES);
    }

    /// All that the console has shown of errors.
    List<String> errors() {
        for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
            if (entry.getLevel().intValue() >= Level.WARNING.intValue()) {
                errors.add(entry.getMessage());
            }
        }
        return errors;
    }

    /// All addresses that were asked for something.
    List<String> asked() {
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            Matcher request = ASKED.matcher(entry.getMessage());
            if (request.find()) {
                asked.add(request.group(1));
            }
        }
        return asked;
    }

    @Override
    public void close() {
        driver.quit();
    }
}
