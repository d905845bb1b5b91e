# The tests share two helpers: a web server made of memory (front), and a real listener with a
# FastCGI client (listener_fixture, fastcgi_client).
HTTP_FRONT_TESTS = \
	tests/unit/http/test_body \
	tests/unit/http/test_cookie \
	tests/unit/http/test_form \
	tests/unit/http/test_forwarded \
	tests/unit/http/test_own_call \
	tests/unit/http/test_request \
	tests/unit/http/test_response \
	tests/unit/http/test_router \
	tests/unit/http/test_target
HTTP_LISTENER_TESTS = \
	tests/unit/http/test_listener \
	tests/unit/http/test_listener_body \
	tests/unit/http/test_listener_socket \
	tests/unit/http/test_listener_stop \
	tests/unit/http/test_listener_stress
HTTP_TESTS = $(HTTP_FRONT_TESTS) $(HTTP_LISTENER_TESTS) tests/unit/http/test_cgi \
	tests/unit/http/test_multipart
HTTP_TEST_LIBS = $(HTTP_LIBS) $(CMOCKA_LIBS)
HTTP_FRONT = tests/unit/http/front.c tests/unit/http/front.h
HTTP_FIXTURE = \
	tests/unit/http/fastcgi_client.c tests/unit/http/fastcgi_client.h \
	tests/unit/http/listener_fixture.c tests/unit/http/listener_fixture.h
check_PROGRAMS += $(HTTP_TESTS)
TESTS += $(HTTP_TESTS)
tests_unit_http_test_body_SOURCES = tests/unit/http/test_body.c $(HTTP_FRONT)
tests_unit_http_test_body_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_cgi_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_multipart_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_cookie_SOURCES = tests/unit/http/test_cookie.c $(HTTP_FRONT)
tests_unit_http_test_cookie_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_form_SOURCES = tests/unit/http/test_form.c $(HTTP_FRONT)
tests_unit_http_test_form_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_forwarded_SOURCES = tests/unit/http/test_forwarded.c $(HTTP_FRONT)
tests_unit_http_test_forwarded_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_request_SOURCES = tests/unit/http/test_request.c $(HTTP_FRONT)
tests_unit_http_test_request_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_response_SOURCES = tests/unit/http/test_response.c $(HTTP_FRONT)
tests_unit_http_test_response_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_router_SOURCES = tests/unit/http/test_router.c $(HTTP_FRONT)
tests_unit_http_test_router_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_target_SOURCES = tests/unit/http/test_target.c $(HTTP_FRONT)
tests_unit_http_test_target_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_listener_SOURCES = tests/unit/http/test_listener.c $(HTTP_FIXTURE)
tests_unit_http_test_listener_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_listener_body_SOURCES = tests/unit/http/test_listener_body.c $(HTTP_FIXTURE)
tests_unit_http_test_listener_body_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_listener_socket_SOURCES = \
	tests/unit/http/test_listener_socket.c $(HTTP_FIXTURE)
tests_unit_http_test_listener_socket_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_listener_stop_SOURCES = tests/unit/http/test_listener_stop.c $(HTTP_FIXTURE)
tests_unit_http_test_listener_stop_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_listener_stress_SOURCES = tests/unit/http/test_listener_stress.c $(HTTP_FIXTURE)
tests_unit_http_test_listener_stress_LDADD = $(HTTP_TEST_LIBS)
tests_unit_http_test_own_call_SOURCES = tests/unit/http/test_own_call.c $(HTTP_FRONT)
tests_unit_http_test_own_call_LDADD = $(HTTP_TEST_LIBS)
