"""Prompts: what people hear, and how it is cancelled."""

from azure.communication.callautomation import FileSource, SsmlSource, TextSource, VoiceKind

from expect import equal, refused

from . import check

FILE = FileSource(url="https://media.example.com/welcome.wav", play_source_cache_id="welcome")
TEXT = TextSource(text="Thanks for calling.", voice_name="en-US-JennyNeural")
LOCALE = TextSource(text="Thanks for calling.", source_locale="en-US", voice_kind=VoiceKind.FEMALE)
SSML = SsmlSource(
    ssml_text='<speak version="1.0" xml:lang="en-US"><voice name="en-US-JennyNeural">Hello</voice></speak>'
)


def heard(call, context):
    call.result("PlayStarted", 200, 0, context)
    call.result("PlayCompleted", 200, 0, context)


@check
def play_to_all(stage):
    call, _ = stage.inbound()
    for source in (FILE, TEXT, LOCALE, SSML, [FILE, TEXT, SSML]):
        context = stage.context()
        equal("the answer", call.connection.play_media(source, operation_context=context), None)
        heard(call, context)


@check
def play_to_some(stage):
    people = [stage.phone(), stage.user(), stage.phone()]
    call = stage.outbound(*people)
    for source in (FILE, TEXT, SSML):
        context = stage.context()
        call.connection.play_media(source, people[:2], operation_context=context)
        heard(call, context)


@check
def play_one_after_another(stage):
    call, _ = stage.inbound()
    contexts = [stage.context() for _ in range(3)]
    for context in contexts:
        call.connection.play_media(TEXT, operation_context=context)
    for context in contexts:
        heard(call, context)


@check
def play_in_a_loop_until_cancelled(stage):
    call, _ = stage.inbound()
    context = stage.context()
    call.connection.play_media(TEXT, loop=True, operation_context=context)
    call.result("PlayStarted", 200, 0, context)
    call.inbox.stays_without("PlayCompleted")
    equal("the answer", call.connection.cancel_all_media_operations(), None)
    call.result("PlayCanceled", 400, 8508, context)
    call.inbox.stays_without("PlayCompleted", "PlayCanceled", "PlayFailed")


@check
def play_that_interrupts(stage):
    call, _ = stage.inbound()
    first, second = stage.context(), stage.context()
    call.connection.play_media(TEXT, loop=True, operation_context=first)
    call.wait("PlayStarted", first)
    call.connection.play_media(FILE, interrupt_call_media_operation=True, operation_context=second)
    call.result("PlayCanceled", 400, 8508, first)
    heard(call, second)


@check
def play_with_a_callback_of_its_own(stage):
    call, _ = stage.inbound()
    elsewhere = stage.inbox()
    call.connection.play_media(TEXT, operation_callback_url=elsewhere.url)
    elsewhere.wait("PlayStarted")
    elsewhere.wait("PlayCompleted")
    call.inbox.stays_without("PlayStarted", "PlayCompleted")


@check
def play_that_fails(stage):
    call, _ = stage.inbound()
    for name, sub_code in (("missing.wav", 8536), ("welcome.mp3", 8535)):
        context = stage.context()
        broken = FileSource(url=f"https://media.example.com/{name}")
        call.connection.play_media([FILE, broken], operation_context=context)
        failed = call.result("PlayFailed", 400, sub_code, context)
        equal("the failed source", failed.failed_play_source_index, 1)


@check
def play_to_some_during_another(stage):
    people = [stage.phone(), stage.phone()]
    call = stage.outbound(*people)
    context = stage.context()
    call.connection.play_media(TEXT, people[:1], loop=True, operation_context=context)
    call.wait("PlayStarted", context)
    refused(412, ["8583"], lambda: call.connection.play_media(TEXT, people[1:]))
    everyone = stage.context()
    call.connection.play_media(TEXT, operation_context=everyone)
    heard(call, everyone)
    call.connection.cancel_all_media_operations()
    call.result("PlayCanceled", 400, 8508, context)


@check
def play_text_without_speech(stage):
    call = stage.outbound(cognitive_services_endpoint=None)
    refused(400, ["8567"], lambda: call.connection.play_media(TEXT))
    context = stage.context()
    call.connection.play_media(FILE, operation_context=context)
    heard(call, context)


@check
def cancel_when_nothing_runs(stage):
    call, _ = stage.inbound()
    equal("the answer", call.connection.cancel_all_media_operations(), None)
    call.inbox.stays_without("PlayCanceled", "RecognizeCanceled")
