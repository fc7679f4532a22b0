"""Lies that take rows of a neighbouring subject along: both ask the very same, or one needs what the other is about.

Each entry: the lies' row, their names, and the rows that come to something else with them, with what they come to.
"""

from __future__ import annotations

from collections.abc import Mapping

NEIGHBOURS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("clients.sdk.stream", "refused", {"headers.sdk_set": "partial"}),
    ("content.text.cache_control", "flickers", {"response.usage.cache": "untested"}),
    (
        "content.tool_reference",
        (
            "crashed cut deferred_tools_lost dropped empty error_in_200 forbidden foreign "
            "hangs name_lost page refused swallowed"
        ),
        {"tools.defer_loading": "partial"},
    ),
    ("content.tool_reference", "flickers limited overloaded", {"tools.defer_loading": "untested"}),
    (
        "content.tool_reference",
        "deferral_and_references_dropped deferral_dropped",
        {"tools.defer_loading": "ignored", "tools.tool_search": "ignored"},
    ),
    (
        "content.tool_reference",
        "deferral_refused",
        {"tools.defer_loading": "rejected", "tools.tool_search": "untested"},
    ),
    ("content.tool_reference", "deferred_tools_lost", {"tools.tool_search": "partial"}),
    ("content.tool_result.content", "dropped replaced", {"tools.defer_loading": "untested"}),
    ("content.tool_result.content.array", "dropped strings_alone", {"tools.defer_loading": "partial"}),
    (
        "content.tool_result.tool_use_id",
        "crashed in_the_wrong_role refused refused_beside_text",
        {"tools.defer_loading": "untested"},
    ),
    (
        "content.tool_result.tool_use_id",
        "in_the_wrong_role",
        {"clients.claude_code.tool_turn": "rejected", "clients.sdk.tool_loop": "rejected"},
    ),
    ("content.tool_result.tool_use_id", "in_the_wrong_role refused_beside_text", {"errors.tool_pairing": "untested"}),
    ("content.tool_use.id", "crashed no_place_in_the_template refused", {"tools.defer_loading": "untested"}),
    (
        "content.tool_use.id",
        "no_place_in_the_template",
        {
            "clients.claude_code.tool_turn": "rejected",
            "clients.sdk.tool_loop": "rejected",
            "content.tool_reference": "untested",
            "content.tool_result.content.array": "untested",
            "content.tool_result.content.image": "untested",
            "errors.tool_pairing": "untested",
            "replay.thinking": "broken",
            "replay.tool_use": "broken",
        },
    ),
    ("endpoints.models", "every_path_is_a_page every_path_is_fine", {"errors.unknown_route": "broken"}),
    (
        "headers.accept_stream",
        (
            "crashed cut empty error_in_200 flickers forbidden foreign hangs limited negotiated not_acceptable "
            "overloaded page refused"
        ),
        {"clients.sdk.stream": "untested"},
    ),
    (
        "headers.anthropic_version.2026_10_21",
        "crashed cut empty error_in_200 flickers forbidden foreign hangs limited overloaded page refused",
        {"clients.sdk.message": "untested", "clients.sdk.stream": "untested"},
    ),
    (
        "headers.anthropic_version.2026_10_21",
        "stream_refused stream_crashes stream_is_one_body",
        {"clients.sdk.stream": "untested"},
    ),
    ("headers.anthropic_version.2026_10_21", "only_streamed", {"clients.sdk.message": "untested"}),
    ("headers.anthropic_beta", "unlocked_field_crashes unlocked_field_hangs", {"fields.context_management": "broken"}),
    ("headers.anthropic_beta", "unlocked_field_is_limited", {"fields.context_management": "untested"}),
    ("errors.envelope", "of_a_framework", {"content.unknown": "partial"}),
    ("fields.context_management", "unknown", {"clients.claude_code.tool_turn": "untested"}),
    (
        "fields.system.cache_control",
        "refused_everywhere refused_on_text",
        {"clients.claude_code.tool_turn": "untested", "response.usage.cache": "untested"},
    ),
    ("fields.thinking.adaptive", "never_thinks", {"replay.thinking": "untested"}),
    ("fields.thinking.adaptive", "refused_to_clients_too", {"clients.claude_code.tool_turn": "untested"}),
    ("fields.thinking.disabled", "never_thinks thinking_never_shown", {"replay.thinking": "untested"}),
    ("fields.thinking.display", "never_thinks", {"replay.thinking": "untested"}),
    (
        "messages.consecutive_roles",
        "assistant_turns_crash assistant_turns_hang",
        {"clients.claude_code.tool_turn": "broken"},
    ),
    ("messages.consecutive_roles", "only_user_turns", {"clients.claude_code.tool_turn": "rejected"}),
    (
        "messages.role_system",
        "breaks_the_template mistaken_for_a_model not_allowed unexpected_role unknown_variant",
        {"clients.claude_code.tool_turn": "untested"},
    ),
    (
        "replay.thinking",
        "empty_and_lost_on_the_way_back signature_empty signature_lost signature_lost_streamed",
        {"fields.thinking.adaptive": "partial"},
    ),
    (
        "replay.thinking",
        ("empty_and_lost_on_the_way_back signature_empty signature_lost signature_lost_streamed signature_of_another"),
        {"clients.claude_code.tool_turn": "partial"},
    ),
    (
        "replay.thinking",
        "empty_and_lost_on_the_way_back signature_in_a_block_of_its_own",
        {"fields.thinking.display": "ignored"},
    ),
    ("replay.thinking", "signature_lost_streamed", {"fields.thinking.display": "partial"}),
    (
        "replay.tool_use",
        "crashed cut empty error_in_200 foreign hangs id_lost overloaded page",
        {"clients.sdk.tool_loop": "broken"},
    ),
    (
        "replay.tool_use",
        (
            "empty_text_before_it empty_text_is_too_much forbidden ids_not_known_again "
            "key_added refused text_wanted_beside_it"
        ),
        {"clients.sdk.tool_loop": "rejected"},
    ),
    ("replay.tool_use", "id_lost", {"stream.skeletons": "broken"}),
    (
        "replay.tool_use",
        "id_lost ids_alike ids_not_known_again no_input_is_lost no_input_is_null",
        {"response.tool_use": "broken"},
    ),
    ("replay.tool_use", "ids_not_known_again text_wanted_beside_it", {"clients.claude_code.tool_turn": "rejected"}),
    ("replay.tool_use", "key_added_streamed", {"clients.sdk.tool_loop": "partial"}),
    ("replay.tool_use", "flickers limited", {"clients.sdk.tool_loop": "untested"}),
    ("replay.tool_use", "nested_input_as_text", {"stream.input_json": "broken"}),
    (
        "response.stop_reason",
        "a_list ends_in_spite_of_a_call_streamed ends_in_spite_of_a_call_unstreamed null",
        {"stream.equals_message": "broken"},
    ),
    (
        "response.stop_reason",
        "nothing_for_tool_use",
        {"stream.message_delta": "broken"},
    ),
    (
        "response.stop_sequence",
        "made_up_streamed made_up_unstreamed missing unnamed_streamed unnamed_unstreamed",
        {"stream.equals_message": "broken"},
    ),
    (
        "response.tool_use",
        (
            "doubled_streamed doubled_unstreamed empty_id ids_of_foreign_signs input_as_array "
            "input_as_text input_as_text_unstreamed input_missing input_null input_of_two_joined no_id "
            "no_name null_id numeric_id one_id one_id_at_once"
        ),
        {"replay.tool_use": "broken"},
    ),
    (
        "response.tool_use",
        "empty_id ids_of_foreign_signs no_id no_name null_id numeric_id",
        {"replay.thinking": "broken"},
    ),
    (
        "response.tool_use",
        "empty_id ids_of_foreign_signs no_id null_id numeric_id",
        {"clients.claude_code.tool_turn": "rejected"},
    ),
    ("response.tool_use", "names_prefixed no_name", {"clients.claude_code.tool_turn": "untested"}),
    ("response.tool_use", "empty_id no_id no_name null_id numeric_id", {"stream.skeletons": "broken"}),
    (
        "response.tool_use",
        "names_prefixed no_name",
        {
            "content.tool_reference": "ignored",
            "tools.bash": "partial",
            "tools.computer": "untested",
            "tools.defer_loading": "untested",
            "tools.eager_input_streaming": "untested",
            "tools.memory": "partial",
            "tools.text_editor": "partial",
            "tools.type_custom": "untested",
        },
    ),
    ("response.usage", "as_array dropped null", {"tools.web_fetch": "partial", "tools.web_search": "partial"}),
    (
        "stream.equals_message",
        "stop_sequence_unsaid_in_streams",
        {"fields.stop_sequences": "partial", "response.stop_sequence": "broken"},
    ),
    (
        "stream.input_json",
        "none_without_arguments null_without_arguments text_without_arguments",
        {"response.tool_use": "broken"},
    ),
    ("stream.equals_message", "thoughts_lost_in_streams", {"fields.thinking.display": "partial"}),
    ("stream.skeletons", "thought_at_once", {"fields.thinking.display": "partial"}),
    ("stream.skeletons", "signed_too_early words_in_a_thought", {"fields.thinking.display": "untested"}),
    (
        "tools.defer_loading",
        (
            "beta_refused_as_well crashed cut empty error_in_200 flickers forbidden foreign hangs "
            "limited overloaded page refused"
        ),
        {"content.tool_reference": "untested"},
    ),
    ("tools.defer_loading", "dropped turned_off", {"content.tool_reference": "accepted"}),
    ("tools.defer_loading", "in_the_prompt_and_uncalled never_brought_in", {"content.tool_reference": "ignored"}),
    ("tools.defer_loading", "references_refused tool_dropped", {"content.tool_reference": "rejected"}),
    ("tools.tool_search", "deferred_tools_refused", {"content.tool_reference": "untested"}),
    ("tools.tool_search", "nothing_deferred", {"content.tool_reference": "accepted"}),
    (
        "tools.type_custom",
        "never_called",
        {
            "clients.sdk.tool_loop": "broken",
            "replay.thinking": "untested",
            "replay.tool_use": "untested",
            "response.stop_reason": "broken",
            "response.tool_use": "broken",
        },
    ),
    ("replay.text", "never_cut", {"fields.max_tokens": "partial"}),
    (
        "response.tool_use",
        "no_arguments_as_json_text no_arguments_as_text no_arguments_missing no_arguments_null",
        {"replay.tool_use": "broken"},
    ),
    (
        "stream.equals_message",
        (
            "always_ends_its_turn_in_streams another_reason_in_streams another_reason_now_and_then "
            "another_reason_unstreamed cut_unsaid_in_streams no_reason_unstreamed"
        ),
        {"fields.max_tokens": "partial"},
    ),
    (
        "stream.equals_message",
        ("another_reason_in_streams another_reason_now_and_then another_reason_unstreamed no_reason_unstreamed"),
        {"response.stop_reason": "broken"},
    ),
    ("stream.equals_message", "more_blocks_in_streams", {"replay.text": "broken", "replay.tool_use": "broken"}),
    (
        "stream.message_delta",
        "delta_as_text never_sent no_delta no_reason reason_at_the_top reason_null",
        {"fields.max_tokens": "untested"},
    ),
    ("stream.message_delta", "reason_as_object reason_taken_back", {"fields.max_tokens": "partial"}),
    ("stream.message_delta", "reason_as_object", {"response.stop_reason": "broken"}),
    (
        "stream.order",
        "ends_after_the_blocks ends_inside_a_block ends_inside_a_frame stopped_early",
        {"fields.max_tokens": "untested"},
    ),
    ("stream.skeletons", "another_key", {"replay.text": "broken"}),
    ("stream.skeletons", "another_key empty_id empty_name no_id no_name null_id", {"replay.tool_use": "broken"}),
    ("stream.skeletons", "signed_at_once thought_at_once", {"replay.thinking": "broken"}),
    (
        "fields.stream",
        (
            "foreign_stream foreign_stream_and_done lines_unparted message_missing never_started "
            "nothing_as_stream one_body_as_stream"
        ),
        {"stream.early_error": "broken"},
    ),
    # A stream that can be read, badly formed as it is, is an answer.
    (
        "fields.stream",
        (
            "block_from_one block_never_started block_never_stopped content_at_start data_garbled "
            "delta_after_stop delta_elsewhere delta_foreign done_is_said end_unparted events_misnamed "
            "events_unnamed goes_on_after_stop never_stopped reason_at_start reason_missing reason_null "
            "started_twice typed_as_json typed_as_text untyped"
        ),
        {"stream.early_error": "partial"},
    ),
    (
        "fields.stream",
        "block_from_one block_never_started block_never_stopped delta_after_stop delta_elsewhere",
        {"stream.blocks": "broken"},
    ),
    ("fields.stream", "breaks_once", {"stream.order": "untested"}),
    (
        "fields.stream",
        (
            "breaks_once crashed cut dropped empty ends_in_a_rate_limit ends_in_an_error ends_in_overload "
            "error_in_200 flickers forbidden foreign hangs limited overloaded page refused"
        ),
        {"stream.early_error": "untested"},
    ),
    ("fields.stream", "content_at_start message_missing reason_at_start", {"stream.message_start": "broken"}),
    (
        "fields.stream",
        (
            "data_garbled end_unparted events_misnamed events_unnamed foreign_stream foreign_stream_and_done "
            "lines_unparted one_body_as_stream"
        ),
        {"stream.framing": "broken"},
    ),
    ("fields.stream", "delta_foreign", {"stream.skeletons": "broken"}),
    ("fields.stream", "done_is_said", {"stream.no_done": "partial"}),
    ("fields.stream", "done_is_said typed_as_json typed_as_text untyped", {"stream.equals_message": "partial"}),
    (
        "fields.stream",
        "goes_on_after_stop never_started never_stopped nothing_as_stream started_twice",
        {"stream.order": "broken"},
    ),
    ("fields.stream", "reason_missing reason_null", {"stream.message_delta": "broken"}),
    ("fields.stream", "typed_as_json typed_as_text untyped", {"stream.content_type": "broken"}),
    ("fields.thinking", "always_on", {"fields.thinking.adaptive": "untested"}),
    ("response.stop_reason", "missing", {"stream.equals_message": "broken"}),
    ("response.tool_use", "no_arguments_as_json_text", {"stream.input_json": "broken"}),
    (
        "response.tool_use",
        "no_arguments_unheard_streamed no_arguments_unheard_unstreamed",
        {"stream.equals_message": "broken"},
    ),
)
