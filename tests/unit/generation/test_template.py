from __future__ import annotations

import pytest

from domainkit.errors import GenerationError
from domainkit.generation.template import ChatTemplate, render
from domainkit.types import Message

# Written for these tests after the features the templates of the field use.
CHATML = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\nBe kind.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA = (
    "{{- bos_token }}\n{%- set system = '' %}\n{%- if messages[0]['role'] == 'system' %}\n"
    "    {%- set system = messages[0]['content'] | trim %}\n"
    "    {%- set messages = messages[1:] %}\n"
    "{%- endif %}\n{%- if tools is not none %}{{- raise_exception('no tools') }}{%- endif %}\n"
    "{%- if strftime_now is defined %}{{- strftime_now('%d %b %Y') }}{%- else %}"
    "{{- '26 Jul 2024' }}{%- endif %}\n"
    "{%- for m in messages %}\n    {%- if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}\n"
    "        {{- raise_exception('roles must alternate') }}\n    {%- endif %}\n"
    "    {%- if m['role'] == 'assistant' %}{% generation %}{{ m['content'] + eos_token }}"
    "{%- endgeneration -%}\n    {%- else %}{{- '[INST] ' + system + m['content'] + ' [/INST]' }}\n"
    "    {%- endif %}\n{%- endfor %}"
)
MESSAGES = [
    Message("system", " Be brief. "),
    Message("user", "Häufig? {{ bos_token }} 中文"),
    Message("assistant", "Yes."),
    Message("user", "Why\n so?"),
]
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}


def test_chatml_is_rendered_with_and_without_the_assistants_opening() -> None:
    asked = [Message("user", "Hi")]
    opened = render(asked, CHATML, add_generation_prompt=True)
    closed = render(asked, CHATML, add_generation_prompt=False)
    assert opened == closed + "<|im_start|>assistant\n"
    assert closed == "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"


def test_special_tokens_blocks_and_generation_tags() -> None:
    assert render(MESSAGES, LLAMA, add_generation_prompt=True, special=SPECIAL) == (
        "<s>26 Jul 2024[INST] Be brief.Häufig? {{ bos_token }} 中文 [/INST]Yes.</s>"
        "[INST] Be brief.Why\n so? [/INST]"
    )


@pytest.mark.parametrize("template", [CHATML, LLAMA], ids=["chatml", "llama"])
@pytest.mark.parametrize("opened", [True, False])
def test_it_is_what_transformers_renders(template: str, opened: bool) -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    conversation = [{"role": m.role, "content": m.content} for m in MESSAGES]
    clockless = template.replace("strftime_now is defined", "false")
    (theirs,), _ = render_jinja_template(
        conversations=[conversation],
        chat_template=clockless,
        add_generation_prompt=opened,
        tools=None,
        documents=None,
        **SPECIAL,
    )
    ours = ChatTemplate(template, SPECIAL).render(MESSAGES, add_generation_prompt=opened)
    assert ours == theirs


def test_a_template_may_refuse() -> None:
    with pytest.raises(GenerationError, match="roles must alternate"):
        render(MESSAGES[2:], LLAMA, add_generation_prompt=True, special=SPECIAL)


def test_a_broken_template_is_an_error_that_says_so() -> None:
    with pytest.raises(GenerationError, match="chat template cannot render"):
        render(MESSAGES, "{% for m in messages %}", add_generation_prompt=True)


@pytest.mark.parametrize(
    "escape",
    [
        "{{ messages.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__.os }}",
    ],
)
def test_a_template_cannot_leave_its_sandbox(escape: str) -> None:
    with pytest.raises(GenerationError):
        render(MESSAGES, escape, add_generation_prompt=False)


def test_json_is_written_as_a_person_would() -> None:
    assert render(MESSAGES, "{{ messages[2] | tojson }}", add_generation_prompt=False) == (
        '{"role": "assistant", "content": "Yes."}'
    )


def test_the_hash_is_of_the_template_and_its_tokens() -> None:
    one = ChatTemplate(CHATML, SPECIAL)
    assert one.hash == ChatTemplate(CHATML, dict(reversed(SPECIAL.items()))).hash
    assert one.hash != ChatTemplate(CHATML + " ", SPECIAL).hash
    assert one.hash != ChatTemplate(CHATML, {"bos_token": "<s>"}).hash


def test_a_template_that_refuses_a_system_turn_gets_its_words_with_the_users() -> None:
    gemma = (
        "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
        "{{ raise_exception('System role not supported') }}{% endif %}"
        "{% for m in messages %}<start_of_turn>{{ m['role'] }}\n{{ m['content'] }}{% endfor %}"
    )
    said = render(MESSAGES[:2], gemma, add_generation_prompt=True, special={"bos_token": "<bos>"})
    assert said == ("<bos><start_of_turn>user\n Be brief. \n\nHäufig? {{ bos_token }} 中文")
    with pytest.raises(GenerationError, match="System role not supported"):
        render(MESSAGES[:1], gemma, add_generation_prompt=True)


def test_a_model_that_may_think_first_is_asked_not_to() -> None:
    asked = "enable_thinking is defined and enable_thinking is false"
    qwen = f"{{% if {asked} %}}<think></think>{{% endif %}}"
    assert render(MESSAGES[1:2], qwen, add_generation_prompt=True) == "<think></think>"
