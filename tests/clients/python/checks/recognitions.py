"""Recognitions: keys, choices and speech."""

from azure.communication.callautomation import DtmfTone, RecognitionChoice, RecognizeInputType

from expect import equal, refused

from . import check
from .media import FILE, SSML, TEXT

CHOICES = [
    RecognitionChoice(label="sales", phrases=["sales", "buy"], tone=DtmfTone.ONE),
    RecognitionChoice(label="help", phrases=["help", "support"], tone=DtmfTone.TWO),
]


def recognize(stage, kind, script, in_group=False, **options):
    """Asks somebody with such a script, and gives the call, the context and the caller."""
    if in_group:
        asked = stage.person(stage.phone(), answerAfter="1s", **script)
        call = stage.outbound(asked, stage.phone())
    else:
        call, asked = stage.inbound(script=script)
    context = stage.context()
    answer = call.connection.start_recognizing_media(kind, asked, operation_context=context, **options)
    equal("the answer", answer, None)
    return call, context


def tones(stage, script, code, sub_code, expected, **options):
    call, context = recognize(stage, RecognizeInputType.DTMF, script, **options)
    completed = call.result("RecognizeCompleted", code, sub_code, context)
    equal("the kind of result", completed.recognition_type, "dtmf")
    equal("the tones", completed.dtmf_result.tones, expected)


@check
def recognize_keys_up_to_a_number(stage):
    for prompt in (None, TEXT, FILE, [TEXT, SSML]):
        expected = [DtmfTone.ONE, DtmfTone.TWO]
        tones(stage, {"press": ["12"]}, 200, 8531, expected, dtmf_max_tones_to_collect=2, play_prompt=prompt)


@check
def recognize_keys_up_to_a_stop_tone(stage):
    tones(
        stage,
        {"press": ["4*#"]},
        200,
        8514,
        [DtmfTone.FOUR, DtmfTone.ASTERISK, DtmfTone.POUND],
        dtmf_max_tones_to_collect=8,
        dtmf_stop_tones=[DtmfTone.POUND],
        dtmf_inter_tone_timeout=3,
        initial_silence_timeout=8,
        interrupt_prompt=True,
        play_prompt=TEXT,
    )


@check
def recognize_keys_in_a_group(stage):
    options = {"in_group": True, "dtmf_max_tones_to_collect": 1, "play_prompt": TEXT}
    tones(stage, {"press": ["7"]}, 200, 8531, [DtmfTone.SEVEN], **options)


@check
def recognize_keys_that_do_not_come(stage):
    call, context = recognize(
        stage, RecognizeInputType.DTMF, {"press": []}, dtmf_max_tones_to_collect=1, initial_silence_timeout=5
    )
    call.result("RecognizeFailed", 400, 8510, context)


@check
def recognize_too_few_keys(stage):
    call, context = recognize(stage, RecognizeInputType.DTMF, {"press": ["1"]}, dtmf_max_tones_to_collect=4)
    call.result("RecognizeFailed", 400, 8532, context)


def chosen(stage, script, sub_code, label, phrase):
    call, context = recognize(
        stage, RecognizeInputType.CHOICES, script, choices=CHOICES, play_prompt=TEXT, speech_language="en-US"
    )
    completed = call.result("RecognizeCompleted", 200, sub_code, context)
    equal("the kind of result", completed.recognition_type, "choices")
    equal("the label", completed.choice_result.label, label)
    equal("the phrase", completed.choice_result.recognized_phrase, phrase)


@check
def recognize_a_choice_by_key(stage):
    chosen(stage, {"press": ["2"]}, 8533, "help", None)


@check
def recognize_a_choice_by_speech(stage):
    chosen(stage, {"say": ["buy"]}, 8545, "sales", "buy")


@check
def recognize_no_choice(stage):
    ways = [({"press": ["9"]}, 8534), ({"say": ["no idea"]}, 8547), ({"press": []}, 8510)]
    for script, sub_code in ways:
        call, context = recognize(stage, RecognizeInputType.CHOICES, script, choices=CHOICES)
        call.result("RecognizeFailed", 400, sub_code, context)


@check
def recognize_speech(stage):
    call, context = recognize(
        stage, RecognizeInputType.SPEECH, {"say": ["change my booking"]}, end_silence_timeout=1, play_prompt=TEXT
    )
    completed = call.wait("RecognizeCompleted", context)
    equal("the kind of result", completed.recognition_type, "speech")
    equal("the speech", completed.speech_result.speech, "change my booking")


@check
def recognize_speech_or_keys(stage):
    options = {"dtmf_max_tones_to_collect": 1, "end_silence_timeout": 1}
    call, context = recognize(stage, RecognizeInputType.SPEECH_OR_DTMF, {"press": ["5"]}, **options)
    equal("the tones", call.wait("RecognizeCompleted", context).dtmf_result.tones, [DtmfTone.FIVE])
    call, context = recognize(stage, RecognizeInputType.SPEECH_OR_DTMF, {"say": ["five"]}, **options)
    equal("the speech", call.wait("RecognizeCompleted", context).speech_result.speech, "five")


@check
def recognize_until_cancelled(stage):
    call, context = recognize(
        stage, RecognizeInputType.DTMF, {"press": []}, dtmf_max_tones_to_collect=1, initial_silence_timeout=300
    )
    call.connection.cancel_all_media_operations()
    call.result("RecognizeCanceled", 400, 8508, context)
    call.inbox.stays_without("RecognizeFailed")


@check
def recognize_that_interrupts(stage):
    call, caller = stage.inbound(script={"press": ["1"]})
    first, second = stage.context(), stage.context()
    call.connection.play_media(TEXT, loop=True, operation_context=first)
    call.wait("PlayStarted", first)
    call.connection.start_recognizing_media(
        RecognizeInputType.DTMF,
        caller,
        dtmf_max_tones_to_collect=1,
        interrupt_call_media_operation=True,
        operation_context=second,
    )
    call.result("PlayCanceled", 400, 8508, first)
    call.result("RecognizeCompleted", 200, 8531, second)


@check
def recognize_of_somebody_who_is_not_there(stage):
    call, _ = stage.inbound()
    refused(
        400,
        ["8523"],
        lambda: call.connection.start_recognizing_media(
            RecognizeInputType.DTMF, stage.phone(), dtmf_max_tones_to_collect=1
        ),
    )
