# SPDX-License-Identifier: MIT
"""The page of a plan: large, plain, printable in black and white, read aloud by the browser's own voice."""

from base64 import b64encode
from hashlib import sha256

from .page import render
from .plan_view import BEFORE, PlanView, stops

# Says what stands on the page, piece by piece, and marks the piece; nothing leaves the page. Without a voice there is
# no button.
SPEAK = """
(() => {
  const voice = window.speechSynthesis
  if (!voice) return
  const speak = document.getElementById('speak'), hush = document.getElementById('hush')
  speak.parentElement.hidden = false
  const pieces = [...document.querySelectorAll('[data-say]')]
  let turn = 0
  const unmark = () => pieces.forEach(one => one.classList.remove('saying'))
  const quiet = () => { turn++; voice.cancel(); hush.hidden = true; unmark() }
  const say = (k, mine) => {
    if (mine !== turn) return
    unmark()
    if (k >= pieces.length) return quiet()
    const words = new SpeechSynthesisUtterance(pieces[k].textContent.replace(/\\s+/g, ' ').trim())
    words.lang = 'en'
    words.rate = 0.85
    words.onend = words.onerror = () => say(k + 1, mine)
    pieces[k].classList.add('saying')
    pieces[k].scrollIntoView({block: 'nearest'})
    voice.speak(words)
  }
  speak.addEventListener('click', () => { quiet(); hush.hidden = false; say(0, turn) })
  hush.addEventListener('click', quiet)
  addEventListener('pagehide', quiet)
})()
"""


def plan_page(view: PlanView) -> str:
    """HTML, whole in itself."""
    return render(
        "plan.html.j2",
        view=view,
        day=f"{view.day.day} {view.day:%B %Y}",
        before=BEFORE,
        stop=stops(view.pain),
        speak_script=SPEAK,
        speak_hash=b64encode(sha256(SPEAK.encode()).digest()).decode(),
    )
