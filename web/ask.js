/*
 * ask.js - speaking a question instead of typing it, where the browser can listen.  The browser, not
 * the page, turns speech into words; without it nothing is there to press.
 */
(function () {
    "use strict";

    var Listener = window.SpeechRecognition || window.webkitSpeechRecognition;
    if (!Listener) {
        return;
    }
    document.querySelectorAll("form.ask[data-speak]").forEach(function (form) {
        var box = form.querySelector("input[type=search]");
        var button = document.createElement("button");
        var listener = null;

        button.type = "button";
        button.className = "speak";
        button.textContent = form.dataset.speak;
        button.addEventListener("click", function () {
            if (listener) {
                listener.stop();
                return;
            }
            listener = new Listener();
            listener.lang = "zh-CN";
            listener.onresult = function (event) {
                box.value = event.results[0][0].transcript;
                box.focus();
            };
            listener.onend = listener.onerror = function () {
                listener = null;
                button.textContent = form.dataset.speak;
            };
            listener.start();
            button.textContent = form.dataset.listening;
        });
        form.insertBefore(button, form.lastElementChild);
    });
})();
