/*
 * citizen.js - what a script adds to the citizen's pages; each page is whole without it.
 * Controls that need a script are put there by the script.
 */
(function () {
    "use strict";

    /* The summary of errors takes the focus, so a screen reader begins with it. */
    var summary = document.getElementById("errors");
    if (summary) {
        summary.focus();
    }

    /* A second press of the button does nothing; the word says that the first one counts. */
    document.addEventListener("submit", function (event) {
        var form = event.target;
        if (form.method !== "post") {
            return;
        }
        if (form.dataset.busy) {
            event.preventDefault();
            return;
        }
        form.dataset.busy = "1";
        var button = event.submitter || form.querySelector("button");
        if (button) {
            /* The name of the pressed button goes with the form: its words change afterwards. */
            setTimeout(function () {
                button.dataset.word = button.textContent;
                button.textContent = document.body.dataset.busy;
                button.setAttribute("aria-busy", "true");
            }, 0);
        }
    });
    window.addEventListener("pageshow", function (event) {
        if (!event.persisted) {
            return;
        }
        document.querySelectorAll("form[data-busy]").forEach(function (form) {
            delete form.dataset.busy;
        });
        document.querySelectorAll("[aria-busy]").forEach(function (button) {
            button.textContent = button.dataset.word;
            button.removeAttribute("aria-busy");
        });
    });

    /* "Read it to me", by the browser's own voice. */
    var now = document.querySelector("[data-read]");
    if (now && "speechSynthesis" in window) {
        var read = document.createElement("button");
        read.type = "button";
        read.className = "button read";
        read.textContent = document.body.dataset.readAloud;
        read.addEventListener("click", function () {
            if (speechSynthesis.speaking) {
                speechSynthesis.cancel();
                read.textContent = document.body.dataset.readAloud;
                return;
            }
            var words = [document.querySelector("h1").textContent];
            document.querySelectorAll("[data-read]").forEach(function (part) {
                words.push(part.textContent.replace(/\s+/g, " "));
            });
            var speech = new SpeechSynthesisUtterance(words.join(". "));
            speech.lang = document.documentElement.lang;
            speech.rate = 0.9;
            speech.onend = function () {
                read.textContent = document.body.dataset.readAloud;
            };
            read.textContent = document.body.dataset.stop;
            speechSynthesis.speak(speech);
        });
        now.insertAdjacentElement("afterend", read);
    }

    /* Print, where there is something to print. */
    var print = document.querySelector("[data-print]");
    if (print) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "text-button";
        button.textContent = print.dataset.print;
        button.addEventListener("click", function () {
            window.print();
        });
        print.appendChild(button);
    }
})();
